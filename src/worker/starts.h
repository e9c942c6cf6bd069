// Starting attempts, inside the turn's transaction; the processes are spawned after its commit.
#pragma once
#include "src/turn/lifecycle.h"

namespace jobgate {

// Starts a queued job, or moves it to where it belongs instead. A gated step passes the gate
// function once more, with what would run now.
Result<void> Claim(Turn& turn, const Job& job);

// Starts the next attempt of `next`, which comes from `before` by `happening` (kClaimed or
// kStepDone). Errors: kForbidden where what a gated step would run has another digest than what was
// approved; those of PlanStep, and the store's. Only the store's come after a write.
Result<Job> StartAttempt(Turn& turn, const Job& before, Job next, const Entrypoint& declaration,
                         Happening happening);

// A job that is not to run again: dead-lettered by `happening`, or failed where the dead-letter
// queue is off, with `reason`.
Result<Job> GiveUp(Turn& turn, const Job& job, const std::string& reason,
                   Happening happening = Happening::kFailedForGood);

}  // namespace jobgate
