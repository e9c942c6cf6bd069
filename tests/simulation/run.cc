#include "tests/simulation/run.h"

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "tests/simulation/live.h"

namespace jobgate::sim {

RunResult RunSeed(uint64_t seed, int64_t steps, Plant plant) {
  RunResult result;
  World world(seed, plant);
  result.violation = Live(world, steps);
  result.figures = world.figures();
  return result;
}

std::string ReplayLine(uint64_t seed, int64_t steps) {
  return "JOBGATE_SIM_SEED=" + std::to_string(seed) +
         " JOBGATE_SIM_STORE=" + std::string(NameOf(StoreOf(seed))) +
         " JOBGATE_SIM_SEEDS=1 JOBGATE_SIM_STEPS=" + std::to_string(steps) + " simulation";
}

int64_t NumberFrom(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  if (!text) return otherwise;
  const std::string_view view(text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
  if (error != std::errc() || end != view.data() + view.size() || number < 0)
    throw std::runtime_error(std::string(variable) + " is not a number: " + text);
  return number;
}

}  // namespace jobgate::sim
