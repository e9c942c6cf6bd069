// Stopping a job that runs.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// TERM after the commit. A second intent for the same job changes nothing, but that a person's
// replaces a drain's: that one lets the job run again. Errors: of the store.
Result<Job> StopRunning(Turn& turn, const Job& job, StopIntent intent);

}  // namespace jobgate
