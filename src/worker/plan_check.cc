#include "src/worker/plan_check.h"

#include "approvals/plan.h"

namespace jobgate {

bool NeedsPlanCheck(const Turn& turn, const Job& job, const GatePolicy& gate, int number) {
  // What the job itself has asked about is what it left, not the step before.
  if (!gate.plan_check || job.step == 0 || job.gate->asked_by_job) return false;
  const auto& check = job.gate->check;
  if (!check || check->attempt != number - 1 || !check->passed_at) return true;
  return turn.now - *check->passed_at > turn.config.approval.github.observation_age_max;
}

Job AtStepBefore(const Job& job, const Entrypoint& declaration) {
  Job before = job;
  --before.step;
  before.step_name = declaration.steps.at(static_cast<size_t>(before.step)).name;
  before.gate.reset();
  return before;
}

SpawnRequest ToCheckRequest(const Turn& turn, const Job& job, const Entrypoint& declaration,
                            const Plan& plan) {
  SpawnRequest request =
      ToSpawnRequest(turn, AtStepBefore(job, declaration), declaration, plan, job.attempts);
  request.env["JOBGATE_PLAN_CHECK"] = "1";
  return request;
}

}  // namespace jobgate
