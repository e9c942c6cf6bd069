// The request as people read it on an issue: what will run, and how to decide.
#pragma once
#include <optional>
#include <string>

#include "approvals/plan.h"
#include "src/config/config.h"
#include "src/job/job.h"

namespace jobgate {

struct RequestTextInput {
  const Job& job;  // waits, with its request
  const Entrypoint& declaration;
  const GatePolicy& policy;
  const Plan* plan = nullptr;  // null where it cannot be rendered any more
  // What gate->output has the hash of; absent where it cannot be shown.
  std::optional<std::string> printed;
  std::vector<std::string> mention;
  std::string repo_url;  // of the commit: "https://github.com/o/r"; "" = not known
};

std::string RequestTitle(const Job& job);
// Without imprint; at most `bytes_max`.
std::string RequestBody(const RequestTextInput& input, size_t bytes_max);

}  // namespace jobgate
