// A broken invariant, found by a check. The run ends with it; nothing catches it on the way.
#pragma once
#include <stdexcept>
#include <string>

namespace jobgate::sim {

struct Violation : std::runtime_error {
  Violation(const std::string& invariant, const std::string& what)
      : std::runtime_error(invariant + ": " + what) {}
};

// `what` is called only where the condition does not hold.
template <typename What>
void Require(bool condition, const char* invariant, What what) {
  if (!condition) throw Violation(invariant, what());
}

// The daemon dies here: thrown from inside a turn, caught where the daemon is run.
struct Crash {};

}  // namespace jobgate::sim
