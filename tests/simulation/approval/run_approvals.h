// Whole runs of the world in which gates are decided on GitHub.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/approval/approval_world.h"

namespace jobgate::sim {

struct ApprovalRun {
  ApprovalFigures figures;
  std::optional<std::string> violation;  // with the step it was found in, and how to repeat it
};

ApprovalRun RunApprovals(uint64_t seed, int64_t steps, StoreKind kind);

}  // namespace jobgate::sim
