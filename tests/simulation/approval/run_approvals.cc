#include "tests/simulation/approval/run_approvals.h"

#include "tests/simulation/live.h"

namespace jobgate::sim {

ApprovalRun RunApprovals(uint64_t seed, int64_t steps, StoreKind kind) {
  ApprovalRun run;
  ApprovalWorld world(seed, kind);
  run.violation = Live(world, steps);
  if (run.violation)
    *run.violation += "\n  replay: JOBGATE_SIM_SEED=" + std::to_string(seed) +
                      " JOBGATE_SIM_STORE=" + std::string(NameOf(kind)) +
                      " JOBGATE_SIM_SEEDS=1 JOBGATE_SIM_STEPS=" + std::to_string(steps) +
                      " simulation -tc='approvals*'";
  run.figures = world.figures();
  return run;
}

}  // namespace jobgate::sim
