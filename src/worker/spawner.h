// Starting and stopping attempts. The engine asks; what happened comes back as reports, in the
// engine's own time. Real: SupervisorClient (src/supervisor). Fake: a scripted world in tests.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/base/time.h"
#include "src/job/job.h"
#include "src/job/process_limits.h"

namespace jobgate {

// Names one execution for good: spawning it twice runs it once.
struct AttemptId {
  JobId job_id;
  int number = 0;
  auto operator<=>(const AttemptId&) const = default;  // NOLINT(modernize-use-nullptr): clang 14
};

// The folder beside the store in which sealed copies lie, each as <job id>.<attempt>.
inline constexpr char kSealedFolders[] = "runs.sealed";

// What the attempt's own process copies and checks before the program starts (src/seal).
struct SealOrder {
  std::string folder;  // absolute: where to; made by it
  std::string source;  // absolute: the repository, or the folder that `files` lie in
  std::string commit;  // 40 hex digits: exported whole; "" = the files alone
  std::map<std::string, std::string> files;  // path from `source` → state; src/job/file_state.h
  bool operator==(const SealOrder&) const = default;
};

// Everything that runs, rendered: no placeholder, default or lookup is left to the supervisor
// but argv[0] on the PATH of `env`.
struct SpawnRequest {
  AttemptId id;
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;  // whole environment but the file names below
  std::string cwd;                         // absolute; may lie in the sealed copy
  std::string dir;                         // absolute; created; logs and files lie here
  std::string params;                      // content of JOBGATE_PARAMS
  std::vector<std::string> redact;         // values that never reach a log
  Duration timeout{};                      // TERM after this, KILL after kill_grace more
  Duration kill_grace{};
  int64_t log_bytes_max = 0;  // of each stream
  ProcessLimits limits;
  std::optional<SealOrder> seal;
};

struct Exited {
  int code = 0;
};
struct Signaled {
  int signal = 0;
};
struct TimedOut {
  int signal = 0;
};  // stopped by the supervisor after `timeout`
struct SpawnFailed {
  std::string why;
};
using ExitStatus = std::variant<Exited, Signaled, TimedOut, SpawnFailed>;

// How an attempt ended, with what it left behind for its job. Kept by the supervisor until it
// is acknowledged.
struct ExitRecord {
  AttemptId id;
  ExitStatus status;
  Duration runtime{};
  Duration since_end{};  // how long ago it ended, as of this telling
  Usage usage;
  std::optional<std::string> result;    // content of JOBGATE_RESULT, at most 64 KiB + 1 byte
  std::optional<std::string> request;   // content of JOBGATE_REQUEST, same bound
  std::optional<std::string> progress;  // last line of JOBGATE_PROGRESS
  // Hex, of the log of its stdout as it is kept; absent where no process was started.
  std::optional<std::string> stdout_sha256;
};

// Reports, in the order they happened.
struct SupervisorConnected {
  std::string incarnation;
  std::vector<AttemptId> running;
  std::vector<ExitRecord> ended;  // not acknowledged yet
  // Incarnations before this one that left with no attempt running and none unacknowledged: what
  // was still to start in them never ran.
  std::vector<std::string> left;
};
struct SupervisorLost {};
struct AttemptStarted {
  AttemptId id;
  int pid = 0;
};
struct AttemptProgress {
  AttemptId id;
  std::string line;
};
struct LeftoversKilled {
  std::vector<AttemptId> ids;
};  // answer to KillLeftovers
using SupervisorReport = std::variant<SupervisorConnected, SupervisorLost, AttemptStarted,
                                      AttemptProgress, ExitRecord, LeftoversKilled>;

// Calls return at once and never fail: a lost supervisor is told by SupervisorLost, and after
// the next SupervisorConnected the engine compares and asks again. Orders keep their sequence: an
// attempt that is spawned once more in the turn that acknowledges its end must be known still.
class ProcessSpawner {
 public:
  virtual ~ProcessSpawner() = default;
  // What a Spawn of the same request would need may be made ready, while its start is still being
  // made durable. Nothing runs before that Spawn; a Resync in its place forgets it.
  virtual void Prepare(const SpawnRequest& request) = 0;
  virtual void Spawn(const SpawnRequest& request) = 0;
  // TERM to the whole tree, KILL after `grace`. Unknown or ended attempts are ignored.
  virtual void Stop(const AttemptId& id, Duration grace) = 0;
  // The exit record is durable: the supervisor may forget it.
  virtual void Acknowledge(const AttemptId& id) = 0;
  // Kills what is left of attempts that another incarnation started; answered by
  // LeftoversKilled once nothing of them lives.
  virtual void KillLeftovers(const std::vector<AttemptId>& ids) = 0;
  // Asks for a fresh SupervisorConnected, as after a reconnect: reports of a turn that could
  // not be made durable are told again this way.
  virtual void Resync() = 0;
};

}  // namespace jobgate
