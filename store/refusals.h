// What every store answers with the same words, whatever it is made of.
#pragma once
#include <string_view>

#include "src/base/error.h"
#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

// kConflict: the compare-and-set found something else.
Error NoLongerAsExpected(const JobId& id, JobState expected, int expected_attempts);
Error AttemptHasEnded(const Attempt& attempt);
Error CannotBeDeleted(const JobId& id);
// kNotFound.
Error NoSuchMessage(std::string_view id);
// kConflict: a dedupe key of another active job, or an idempotency key that is in use.
Error KeyIsTaken();
// kInvalidArgument unless `event`, of another store, can stand behind the one numbered `last` (0 =
// none), with a hash of the right form or none.
Result<void> CheckPlace(const Event& event, int64_t last);
// kInternal: a bug of ours that the store found; `what` says what no record may be.
Error RefusedByRules(std::string_view what);

// The beginning of an id in the form ids have, whatever way it was typed. Errors:
// kInvalidArgument where nothing of an id is there.
Result<JobId> NormalIdPrefix(std::string_view typed);
Error NoSuchJob(const JobId& first);
Error SeveralJobs(const JobId& first, const JobId& one, const JobId& other);

}  // namespace jobgate
