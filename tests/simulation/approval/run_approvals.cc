#include "tests/simulation/approval/run_approvals.h"

#include <cstdio>
#include <cstdlib>

#include "tests/simulation/violation.h"

namespace jobgate::sim {

ApprovalRun RunApprovals(uint64_t seed, int64_t steps, StoreKind kind) {
  ApprovalRun run;
  ApprovalWorld world(seed, kind);
  try {
    for (int64_t step = 0; step < steps; ++step) world.Step();
    world.ComeToRest();
  } catch (const Violation& violation) {
    if (std::getenv("JOBGATE_SIM_EVENTS")) std::fputs(world.EventLog().c_str(), stderr);
    run.violation = std::string(violation.what()) + " (step " +
                    std::to_string(world.figures().steps) +
                    ")\n  replay: JOBGATE_SIM_SEED=" + std::to_string(seed) +
                    " JOBGATE_SIM_STORE=" + std::string(NameOf(kind)) +
                    " JOBGATE_SIM_SEEDS=1 JOBGATE_SIM_STEPS=" + std::to_string(steps) +
                    " simulation -tc='approvals*'";
  }
  run.figures = world.figures();
  return run;
}

}  // namespace jobgate::sim
