// The whole engine over the real stores in a simulated world, every second seed on each kind. A
// failure prints its seed and the line that repeats it. JOBGATE_SIM_SEED, JOBGATE_SIM_SEEDS,
// JOBGATE_SIM_STEPS and JOBGATE_SIM_STORE choose the first seed, how many, how long each run is,
// and one kind of store (sqlite or jsonl).
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/simulation/run.h"

namespace jobgate::sim {
namespace {

constexpr int64_t kSeeds = 60;
constexpr int64_t kSteps = 1500;

Figures& operator+=(Figures& sum, const Figures& one) {
  sum.steps += one.steps;
  sum.turns += one.turns;
  sum.jobs += one.jobs;
  sum.processes += one.processes;
  sum.crashes += one.crashes;
  sum.supervisor_deaths += one.supervisor_deaths;
  sum.store_faults += one.store_faults;
  return sum;
}

}  // namespace

TEST_CASE("simulation: no invariant breaks, and all work ends once faults stop") {
  const auto first = static_cast<uint64_t>(NumberFrom("JOBGATE_SIM_SEED", 1));
  const auto seeds = static_cast<uint64_t>(NumberFrom("JOBGATE_SIM_SEEDS", kSeeds));
  const int64_t steps = NumberFrom("JOBGATE_SIM_STEPS", kSteps);
  Figures sum;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    const RunResult result = RunSeed(seed, steps);
    sum += result.figures;
    if (result.violation) FAIL_CHECK(*result.violation, "\n  replay: ", ReplayLine(seed, steps));
  }
  MESSAGE(sum.steps, " steps, ", sum.turns, " turns, ", sum.jobs, " jobs, ", sum.processes,
          " processes, ", sum.crashes, " crashes of the daemon, ", sum.supervisor_deaths,
          " of the supervisor, ", sum.store_faults, " store faults");
}

TEST_CASE("simulation: the same seed leaves the same trace, whatever ran before it") {
  const auto first = static_cast<uint64_t>(NumberFrom("JOBGATE_SIM_SEED", 1));
  const int64_t steps = NumberFrom("JOBGATE_SIM_STEPS", kSteps);
  constexpr uint64_t kCompared = 4;
  std::vector<uint64_t> forth;
  for (uint64_t i = 0; i < kCompared; ++i) forth.push_back(RunSeed(first + i, steps).figures.trace);
  for (uint64_t i = kCompared; i-- > 0;) CHECK(RunSeed(first + i, steps).figures.trace == forth[i]);
  CHECK(std::set(forth.begin(), forth.end()).size() == kCompared);
}

}  // namespace jobgate::sim
