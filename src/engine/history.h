// Jobs that have ended leave the history.
#pragma once
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// One step. Errors: kNotFound where it is gone; kConflict where the job has not ended, is
// dead-lettered, has an idempotency key, or is neither past history.retentionDays nor beyond
// history.maxJobs.
Result<ForgetReply> Forget(Turn& turn, const ForgetJob& command);

}  // namespace jobgate
