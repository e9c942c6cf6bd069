// Keeps the history and the logs within their bounds: history.retentionDays, history.maxJobs,
// history.maxLogBytes. One pass goes in small steps, oldest first.
//
// A job's folder goes before its row: whatever ends a pass in between, the job is still there and
// is found again. Dead-lettered jobs are not history, and a job with an idempotency key stays until
// its key has gone (24 h after its end). The logs of both go as those of all jobs that have ended.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/engine/command.h"
#include "src/retention/run_folders.h"

namespace jobgate {

// What a pass works with; each call waits for its answer. Owned by the thread that sweeps.
struct SweepWorld {
  std::function<Result<EngineSnapshot>()> snapshot;
  std::function<Result<JobPage>(const EndedFilter&)> list_ended;
  // Each as its own command, all in few turns; an answer for each, in order.
  std::function<std::vector<Result<Reply>>(const std::vector<ForgetJob>&)> forget;
  std::function<bool()> go_on;  // false: the daemon stops
  std::function<void()> rest;   // after each step
  RunFolders& folders;
};

struct SweepOptions {
  bool asked_for = false;  // by a person, who has seen the clock: nothing waits for it to settle
  bool measure_logs = true;
};

struct SweepResult {
  int64_t forgotten = 0;     // jobs
  int64_t logs_removed = 0;  // jobs whose folder was emptied, and that are still there
  int64_t bytes_removed = 0;
  int64_t bytes_over = 0;  // beyond history.maxLogBytes still: of jobs that have not ended
  std::vector<std::string> problems;  // at most a few; what could not be done, in words
};

class Sweep {
 public:
  // `settle` is how long after the daemon's start nothing goes for its age: until then the clock
  // may be wrong.
  Sweep(SweepWorld world, Duration settle) : world_(std::move(world)), settle_(settle) {}

  SweepResult Run(const SweepOptions& options);  // one pass

 private:
  void ForgetOld(const EngineSnapshot& snapshot, SweepResult& result);
  void ForgetBeyond(const EngineSnapshot& snapshot, SweepResult& result);
  void ForgetOldest(EndedFilter filter, int64_t jobs_max, SweepResult& result);
  int64_t ForgetAll(const std::vector<Job>& jobs, SweepResult& result);
  void RemoveLogs(const EngineSnapshot& snapshot, SweepResult& result);
  int64_t RemoveLogsOf(const JobId& id, SweepResult& result);

  SweepWorld world_;
  const Duration settle_;
};

}  // namespace jobgate
