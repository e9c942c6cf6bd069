// What follows from an attempt's end. One exit record leads to one outcome, written once.
#pragma once
#include "src/turn/lifecycle.h"

namespace jobgate {

// Applies the record and acknowledges it. A record of an attempt that ended already, or that
// the store does not know, changes nothing and is acknowledged too.
Result<void> ApplyExit(Turn& turn, const ExitRecord& record);
// The same of a dry attempt, which says nothing about its entrypoint. No supervisor has a record.
Result<void> ApplyRehearsal(Turn& turn, const AttemptId& id);

// Nobody knows how the running attempt ended. `why` says what happened to the supervisor. Where
// a person has asked to end the job, it ends as asked all the same.
Result<void> ApplyLoss(Turn& turn, const Job& job, const std::string& why);

// Keeps the last progress line of a running attempt.
Result<void> ApplyProgress(Turn& turn, const AttemptProgress& progress);

}  // namespace jobgate
