// Watches one job until nothing moves it on by itself any more.
#pragma once
#include <cstdint>
#include <string>

#include "src/cli/attempt_log.h"
#include "src/cli/session.h"

namespace jobgate {

struct WatchOptions {
  int64_t after_seq = 0;  // events up to here are known; 0 = from its submission
  bool follow_logs = false;
  int64_t attach_to_attempt = 0;  // follow logs from this attempt on; 0 = from the first
  BytesFn on_stdout = {};         // of the job; may be called on other threads
  BytesFn on_stderr = {};
};

// The job as it came to rest: succeeded, failed, canceled, dead_lettered or interrupted. State
// changes are told on stderr. While the watch lasts, Ctrl-C says that the job goes on.
// Errors: kUnreachable where the daemon stayed away; what the daemon answers.
Result<Json> WatchJob(Session& session, const ApiClient& api, const std::string& job_id,
                      const WatchOptions& options);

// Sends the job's logs to the process's own outputs; with --json both go to stderr, since stdout
// then holds one JSON document.
void AimAtOutputs(Session& session, WatchOptions& options);

// 0 where the job succeeded, else 1; tells the end on stderr.
int TellEnd(Session& session, const Json& job);

}  // namespace jobgate
