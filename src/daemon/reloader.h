// Picks up edits of the settings' file while the daemon runs. Its own thread reads, validates and
// compares; the loop thread takes the settings over between two turns; everybody else reads the
// ConfigSlot.
//
// A file that is valid is taken as soon as nobody has written it for a moment: no part of a JSON
// object is one, so that a half-written file is never valid. One that is not is looked at again
// until it has stood still for longer, and only then rejected: an editor in the middle of saving
// makes no error.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "src/base/clock.h"
#include "src/base/file_system.h"
#include "src/base/unique_fd.h"
#include "src/config/config_slot.h"
#include "src/config/reload.h"
#include "src/config/secrets.h"
#include "src/daemon/logger.h"
#include "src/daemon/path_watch.h"
#include "src/loop/mailbox.h"

namespace jobgate {

// References must outlive the Reloader.
struct ReloaderWorld {
  FileSystem& files;
  const Clock& clock;
  Environment environment;
  ConfigSlot& slot;
  Logger& logger;
  Mailbox& mailbox;
};

class Reloader {
 public:
  // {revision, previousRevision, changed, changes, changesOmitted, secretsChanged, needsRestart,
  // loadedAt}. Errors: kInvalidArgument with every problem of the file; kStoreFault and
  // kUnavailable where the engine could not take it over yet: it is tried again.
  using AnswerFn = std::function<void(Result<Json>)>;

  // `secrets` are those in use.
  Reloader(ReloaderWorld world, std::shared_ptr<const FixedSecrets> secrets);
  ~Reloader();  // the loop has ended by then, or never ran

  // Commands that it posts are answered by a loop that runs, or will.
  void Start();

  // Any thread. Looks at the file at once. `actor` "" is a signal.
  void Ask(Actor actor, AnswerFn answer);

 private:
  struct Asked {
    Actor actor;
    AnswerFn answer;
  };
  // The file as it was found, ready to be used.
  struct Found {
    NextConfig next;
    std::shared_ptr<const FixedSecrets> secrets;
    LogTarget log;
  };
  struct Cause {
    Actor actor;
    const char* trigger;  // "file", "signal", "api"
  };

  void Run();
  void Wait();
  void AnswerAsked();
  void LookIfDue();
  void Look();
  Result<Found> Load() const;
  Json Describe(const Found& found, const Cause& cause) const;
  Result<Json> Adopt(Found found, const Cause& cause);
  void Reject(const Error& error, const Cause& cause, bool always);
  Result<void> Post(Command command, const Actor& actor, std::function<void()> done);
  std::string FingerprintNow() const;
  void FollowPaths();
  bool Stopping() const;
  void Wake() const;

  const ReloaderWorld world_;
  const std::string path_;

  mutable std::mutex mutex_;
  std::deque<Asked> asked_;
  bool stopping_ = false;
  std::condition_variable answered_;
  UniqueFd wake_;

  // Its own thread.
  std::shared_ptr<const FixedSecrets> secrets_;  // in use
  PathWatch watch_;
  bool watched_ = true;              // else it is looked at by time
  std::optional<Duration> first_;    // monotonic: of the events that nobody has looked after yet
  std::optional<Duration> look_at_;  // monotonic
  std::string seen_;                 // fingerprint of what was looked at to its end
  std::string doubted_;              // of what was found invalid, and may be in the making
  std::string rejected_;             // why, as it was told last

  std::thread thread_;
};

}  // namespace jobgate
