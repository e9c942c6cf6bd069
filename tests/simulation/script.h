// What a simulated process does with its life, drawn when it starts from the program it is.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/worker/spawner.h"
#include "tests/simulation/dice.h"

namespace jobgate::sim {

struct Script {
  ExitStatus ending;  // where nothing stops it
  Duration runtime{};
  std::string printed;
  std::optional<std::string> result;
  std::optional<std::string> request;
  std::vector<std::pair<Duration, std::string>> progress;  // since the start, in order
  std::optional<ExitStatus> on_term;  // nothing: it ignores TERM and has to be killed
  Duration term_takes{};
};

// argv[0] is one of work, flaky, broken, sleepy, asks, plan.
Script DrawScript(Dice& dice, const SpawnRequest& request);

}  // namespace jobgate::sim
