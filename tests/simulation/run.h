// Whole runs of the simulator, and how their failures are told.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/plant.h"
#include "tests/simulation/world.h"

namespace jobgate::sim {

struct RunResult {
  Figures figures;
  std::optional<std::string> violation;  // with the step it was found in
};

// `steps` steps of the safety phase, then the liveness phase.
RunResult RunSeed(uint64_t seed, int64_t steps, Plant plant = Plant::kNone);

// What to type to see `seed` fail again.
std::string ReplayLine(uint64_t seed, int64_t steps);

// A number from the environment, or `otherwise`. Throws std::runtime_error for anything else.
int64_t NumberFrom(const char* variable, int64_t otherwise);

}  // namespace jobgate::sim
