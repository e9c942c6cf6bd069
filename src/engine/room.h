// Whether one more job may come in. None of this is asked of a job that was accepted before:
// tries, approvals and further steps are never refused.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// Whether submissions are taken at all. Errors: kIntakePaused, kRateLimited.
Result<void> CheckIntake(const Turn& turn);

// Whether there is room: among the waiting jobs where the job `waits` for approval first, else in
// the queue, and in its entrypoint's share of it. Errors: kQueueFull.
Result<void> CheckRoom(Turn& turn, const Config::Declared& declared, bool waits);

// Whether the queue takes submissions of this priority. Errors: kBackpressure.
Result<void> CheckPressure(Turn& turn, Priority priority);

}  // namespace jobgate
