// The life of a simulated world, whichever it is.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "tests/simulation/violation.h"

namespace jobgate::sim {

// Its safety phase of so many steps, then its liveness phase. What broke an invariant, with the
// step that it happened in; the events of that world go to stderr where JOBGATE_SIM_EVENTS is set.
template <typename AnyWorld>
std::optional<std::string> Live(AnyWorld& world, int64_t steps) {
  try {
    for (int64_t step = 0; step < steps; ++step) world.Step();
    world.ComeToRest();
  } catch (const Violation& violation) {
    if (std::getenv("JOBGATE_SIM_EVENTS")) std::fputs(world.EventLog().c_str(), stderr);
    return std::string(violation.what()) + " (step " + std::to_string(world.figures().steps) + ")";
  }
  return std::nullopt;
}

}  // namespace jobgate::sim
