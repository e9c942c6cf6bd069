// What operators do to single jobs.
#pragma once
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// Ends a job that has not ended. A running one gets a durable intent first; its processes get
// TERM after the commit, and the exit record moves it on. Errors: kConflict where it has ended.
Result<Job> Cancel(Turn& turn, const Job& job, const std::string& reason, const Actor& actor);

// The same, as failed; nothing is tried again. A running job that is being canceled stays so.
Result<Job> ForceFail(Turn& turn, const Job& job, const std::string& reason, const Actor& actor);

// Errors: kConflict where the job is neither queued nor waiting for approval.
Result<Job> ChangePriority(Turn& turn, const Job& job, Priority priority, const Actor& actor);

// An operator says how an interrupted job ended. Errors: kConflict for any other state.
Result<Job> Resolve(Turn& turn, const Job& job, const ResolveJob& command, const Actor& actor);

// Writes a drain intent for every running job and stops them.
Result<void> StopAllForDrain(Turn& turn, Duration waited);

}  // namespace jobgate
