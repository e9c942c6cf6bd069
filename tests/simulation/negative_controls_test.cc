// The checks themselves under test: every fault planted into the world must be found.
#include <doctest/doctest.h>

#include "tests/simulation/run.h"

namespace jobgate::sim {
namespace {

constexpr uint64_t kSeedsMax = 20;
constexpr int64_t kSteps = 1500;

// What the first run that finds `plant` says; empty where none does.
std::string FindingOf(Plant plant) {
  for (uint64_t seed = 1; seed <= kSeedsMax; ++seed)
    if (const RunResult result = RunSeed(seed, kSteps, plant); result.violation)
      return *result.violation;
  return "";
}

}  // namespace

TEST_CASE("negative control: every planted fault is found") {
  for (const auto& planted : kPlants) {
    const std::string finding = FindingOf(planted.plant);
    CAPTURE(planted.name);
    CHECK(finding != "");
    MESSAGE(planted.name, " → ", finding);
  }
}

TEST_CASE("negative control: randomness from elsewhere leaves another trace") {
  CHECK(RunSeed(1, kSteps, Plant::kWildRandom).figures.trace !=
        RunSeed(1, kSteps, Plant::kWildRandom).figures.trace);
}

}  // namespace jobgate::sim
