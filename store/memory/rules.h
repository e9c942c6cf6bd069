// What no record may be: the invariants that the CHECKs of migrations/ repeat for SQLite.
#pragma once
#include "src/base/error.h"
#include "src/job/event.h"
#include "src/job/job.h"
#include "store/store.h"

namespace jobgate::memory {

// Errors: kInternal with the rule that `job` breaks.
Result<void> CheckJob(const Job& job);
// That `next` may follow `before`: an ended job never changes its state, except that a
// dead-lettered one becomes failed.
Result<void> CheckMove(JobState before, bool had_finished, JobState next);
Result<void> CheckAttempt(const Attempt& attempt);
Result<void> CheckEvent(const Event& event);
Result<void> CheckMessage(const OutboxMessage& message);

}  // namespace jobgate::memory
