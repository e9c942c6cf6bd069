// Whether a new job is taken: it must be declared, its params must fit, it must not be there
// already, and there must be room.
#pragma once
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// So long after its job's end an idempotency key stands for that job.
constexpr Duration kKeyLife = std::chrono::hours(24);

// A new job, or the active duplicate. Errors: kNotFound (entrypoint), kInvalidArgument with
// every wrong field, kTooLarge (params), kConflict (same key, other request), kIntakePaused,
// kRateLimited, kQueueFull, kBackpressure. A duplicate is no admission: none of the last four
// refuses it.
Result<JobReply> Submit(Turn& turn, const SubmitJob& request, const Actor& actor);

// What Submit would do, without doing it: each step's argv and gate.
Result<Json> Preview(const Turn& turn, const SubmitJob& request);

// A new job with the old one's payload, linked both ways. Errors: kConflict where the old job
// is active or was retried before (names the new one), kQueueFull; those of the input.
Result<JobReply> Retry(Turn& turn, const Job& old, const RetryJob& command, const Actor& actor);

// A new job for a look at the old one, which stays as it is but for its story. It is never what a
// submission is a duplicate of. Errors: kConflict where the old job is active, or the same work is;
// those of Submit.
Result<JobReply> Replay(Turn& turn, const Job& old, const ReplayJob& command, const Actor& actor);

}  // namespace jobgate
