// Approval through GitHub under a random crowd: the real engine, gate and desks over a plain store
// in memory, and a few seeds over each real one. The variables of simulation_test.cc choose the
// seeds here too.
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/simulation/approval/run_approvals.h"
#include "tests/simulation/run.h"

namespace jobgate::sim {
namespace {

constexpr int64_t kSeeds = 115;
constexpr int64_t kSteps = 400;
constexpr int64_t kHappeningsMin = 1'000'000;

StoreKind KindOr(StoreKind otherwise) {
  return std::getenv("JOBGATE_SIM_STORE") ? StoreOf(0) : otherwise;
}

ApprovalFigures& operator+=(ApprovalFigures& sum, const ApprovalFigures& one) {
  sum.steps += one.steps;
  sum.turns += one.turns;
  sum.happenings += one.happenings;
  sum.jobs += one.jobs;
  sum.starts += one.starts;
  sum.rejections += one.rejections;
  sum.crashes += one.crashes;
  sum.store_faults += one.store_faults;
  return sum;
}

ApprovalFigures RunSeeds(StoreKind kind, int64_t seeds) {
  const auto first = static_cast<uint64_t>(NumberFrom("JOBGATE_SIM_SEED", 1));
  const int64_t steps = NumberFrom("JOBGATE_SIM_STEPS", kSteps);
  ApprovalFigures sum;
  for (uint64_t seed = first; seed < first + static_cast<uint64_t>(seeds); ++seed) {
    const ApprovalRun run = RunApprovals(seed, steps, kind);
    sum += run.figures;
    if (run.violation) FAIL_CHECK(*run.violation);
  }
  MESSAGE(NameOf(kind), ": ", sum.happenings, " labels, comments, edits and closings, ", sum.turns,
          " turns, ", sum.jobs, " jobs, ", sum.starts, " gated starts, ", sum.rejections,
          " rejections, ", sum.crashes, " crashes of the daemon, ", sum.store_faults,
          " store faults");
  return sum;
}

}  // namespace

TEST_CASE("approvals: nothing gated runs unapproved, and what is said plainly is heard") {
  const bool by_default = !std::getenv("JOBGATE_SIM_SEEDS") && !std::getenv("JOBGATE_SIM_STEPS");
  const ApprovalFigures sum =
      RunSeeds(KindOr(StoreKind::kPlain), NumberFrom("JOBGATE_SIM_SEEDS", kSeeds));
  if (by_default) CHECK(sum.happenings >= kHappeningsMin);
}

TEST_CASE("approvals: the same over each real store") {
  constexpr int64_t kSeedsOnDisk = 3;
  for (const StoreKind kind : {StoreKind::kSqlite, StoreKind::kJsonl}) RunSeeds(kind, kSeedsOnDisk);
}

TEST_CASE("approvals: the same seed leaves the same trace on every store") {
  const auto first = static_cast<uint64_t>(NumberFrom("JOBGATE_SIM_SEED", 1));
  const auto trace_on = [&](StoreKind kind) {
    return RunApprovals(first, kSteps, kind).figures.trace;
  };
  const uint64_t trace = trace_on(StoreKind::kPlain);
  CHECK(trace_on(StoreKind::kPlain) == trace);
  CHECK(trace_on(StoreKind::kSqlite) == trace);
  CHECK(trace_on(StoreKind::kJsonl) == trace);
}

}  // namespace jobgate::sim
