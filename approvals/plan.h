// What will run, rendered from a declaration and a job. The same value is shown, approved and
// executed.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/turn/turn.h"

namespace jobgate {

struct Plan {
  std::vector<std::string> argv;
  std::map<std::string, std::string> secret_values;
  std::map<std::string, std::string> files;  // approvals/executed_files.h; of a step that is sealed
  Json document;                             // approvals/digest.h
  std::string digest;
};

// Renders the job's current step. Errors: kInvalidArgument for params that do not fit the
// placeholders, or files that cannot be hashed; kNotFound for a secret that has no value, naming it
// and where to set it.
Result<Plan> PlanStep(const Turn& turn, const Job& job, const Entrypoint& declaration);

// The request for attempt `number` of `job` by that plan.
SpawnRequest ToSpawnRequest(const Turn& turn, const Job& job, const Entrypoint& declaration,
                            const Plan& plan, int number);

}  // namespace jobgate
