// planCheck of a gate: before each try of the gated step the step before it runs once more, and has
// to leave what was approved. Such a check is an attempt of that step; the job stays at its own.
#pragma once
#include "src/job/plan_check.h"
#include "src/turn/turn.h"

namespace jobgate {

struct Plan;  // approvals/plan.h

// Whether a check has to come before attempt `number` of a job whose gate is open; `gate` is the
// one it was approved under. One that has passed counts for the attempt after it, and for as long
// as what was seen on an issue does (approval.maxObservationAgeMs).
bool NeedsPlanCheck(const Turn& turn, const Job& job, const GatePolicy& gate, int number);

// The job as it stood at the step before: what a check renders.
Job AtStepBefore(const Job& job, const Entrypoint& declaration);
// The request for the check that is the current attempt of `job`; `plan` is of AtStepBefore.
SpawnRequest ToCheckRequest(const Turn& turn, const Job& job, const Entrypoint& declaration,
                            const Plan& plan);

}  // namespace jobgate
