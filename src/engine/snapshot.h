// What the engine knows at one moment, taken between two turns: counts from the store and
// figures since the daemon's start. Health, worker status, stats and metrics are written from it.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/config/config.h"
#include "src/engine/approval_tally.h"
#include "src/job/job.h"
#include "src/turn/breakers.h"
#include "src/turn/intake.h"
#include "store/store.h"

namespace jobgate {

// Upper bounds in seconds of the runtime histogram's buckets; the last one is +Inf.
inline constexpr std::array kRuntimeBucketsSeconds = {0.01, 0.05, 0.1,  0.5,   1.0,   5.0,
                                                      10.0, 30.0, 60.0, 300.0, 1800.0};

struct RuntimeHistogram {
  std::array<int64_t, kRuntimeBucketsSeconds.size() + 1> buckets{};  // not cumulative
  double sum_seconds = 0;
  int64_t count = 0;
};

struct EngineSnapshot {
  Time taken_at;
  Duration uptime{};
  std::shared_ptr<const Config> config;

  // The store; absent while it is at fault.
  std::optional<StateCounts> counts;
  std::map<std::string, EntrypointTotals> by_entrypoint;  // of those with queued or running jobs
  OutboxCounts outbox;                                    // messages to GitHub
  std::optional<std::string> store_fault;  // why nothing can be made durable at the moment

  // Gates.
  ApprovalTally approvals;                // what was decided
  std::optional<Time> oldest_request_at;  // of the jobs that wait
  int64_t last_looks = 0;  // of them those past their expiry, which GitHub is asked about once more

  // Admission.
  bool backpressure = false;
  int64_t backpressure_ends_at = 0;  // with so many queued jobs, or fewer
  IntakeState intake;

  // Breakers that are not closed, or count failures; none where breaker.enabled is false.
  Breakers::All breakers;

  // The worker.
  bool claiming = false;  // enabled, not stopped, supervisor connected, no fault
  bool enabled = true;    // worker.enabled
  bool stopped = false;   // by `worker stop`; survives a restart
  bool draining = false;
  bool supervisor_connected = false;
  std::vector<JobId> running_jobs;  // oldest start first
  int64_t processed = 0;            // jobs that reached an end since the start
  int64_t succeeded = 0;
  int64_t failed = 0;  // failed or dead-lettered
  int64_t attempts_ended = 0;
  int64_t escalations = 0;  // retries from the dead-letter queue that needed a person
  std::optional<Time> last_processed_at;
  int recent_attempts = 0;   // of the last 100 ended attempts …
  int recent_successes = 0;  // … those that succeeded

  std::optional<Duration> clock_jump;     // wall time minus the engine's time, where they part
  std::map<std::string, int64_t> events;  // by type, since the start
  // Ended attempts by (entrypoint, outcome), and their runtimes by entrypoint, since the start.
  std::map<std::pair<std::string, std::string>, int64_t> attempts_by_outcome;
  std::map<std::string, RuntimeHistogram> runtimes;
};

}  // namespace jobgate
