// Power cuts, kills and failures at every write, sync, rename and removal of the JSONL store.
#include <doctest/doctest.h>

#include "tests/conformance/jsonl_scenario.h"

namespace jobgate {
namespace {

using Kept = LogDisk::Kept;

// Turns that were acknowledged until a fault; opens the store first.
int RunUntilFault(const Scenario& scenario, const std::shared_ptr<LogDisk>& disk) {
  auto store = OpenOn(disk);
  if (!store) return 0;
  int acknowledged = 0;
  while (acknowledged < Scenario::kTurns && scenario.Run(**store, acknowledged)) ++acknowledged;
  return acknowledged;
}

int64_t ChangesOfAWholeRun(const Scenario& scenario) {
  const auto disk = std::make_shared<LogDisk>();
  CHECK(RunUntilFault(scenario, disk) == Scenario::kTurns);
  return disk->changes();
}

// What was acknowledged is there; the turn that was under way is there whole or not at all.
// Returns how many turns are.
int CheckHolds(Scenario& scenario, Store& store, int acknowledged) {
  const std::string found = scenario.Dump(store);
  const auto& dumps = scenario.Dumps();
  const auto at = static_cast<size_t>(acknowledged);
  if (at + 1 < dumps.size() && found == dumps[at + 1]) return acknowledged + 1;
  CHECK(found == dumps[at]);
  return acknowledged;
}

void CheckAfterDeath(Scenario& scenario, const std::shared_ptr<LogDisk>& disk, int acknowledged) {
  auto store = OpenOn(disk);
  REQUIRE_OK(store);
  int turns = CheckHolds(scenario, **store, acknowledged);
  for (; turns < Scenario::kTurns; ++turns) REQUIRE_OK(scenario.Run(**store, turns));
  CHECK(scenario.Dump(**store) == scenario.Dumps().back());
  store = OpenOn(disk);
  REQUIRE_OK(store);
  CHECK(scenario.Dump(**store) == scenario.Dumps().back());
}

}  // namespace

TEST_CASE("jsonl store: a power cut at any change loses nothing acknowledged") {
  Scenario scenario;
  const int64_t changes = ChangesOfAWholeRun(scenario);
  CHECK(changes > 100);
  for (const Kept kept : {Kept::kNothing, Kept::kHalf, Kept::kEverything})
    for (int64_t change = 1; change <= changes; ++change) {
      CAPTURE(change);
      const auto disk = std::make_shared<LogDisk>();
      disk->DieAt(change);
      const int acknowledged = RunUntilFault(scenario, disk);
      disk->PowerOn(kept);
      CheckAfterDeath(scenario, disk, acknowledged);
    }
}

TEST_CASE("jsonl store: a kill at any change loses nothing acknowledged") {
  Scenario scenario;
  const int64_t changes = ChangesOfAWholeRun(scenario);
  for (int64_t change = 1; change <= changes; ++change) {
    CAPTURE(change);
    const auto disk = std::make_shared<LogDisk>();
    disk->DieAt(change);
    const int acknowledged = RunUntilFault(scenario, disk);
    disk->Restart();
    CheckAfterDeath(scenario, disk, acknowledged);
  }
}

TEST_CASE(
    "jsonl store: a power cut while a start sets right what the last one left loses nothing") {
  Scenario scenario;
  const int64_t changes = ChangesOfAWholeRun(scenario);
  for (int64_t change = 5; change <= changes; change += 7)
    for (int64_t second = 1; second <= 6; ++second) {
      CAPTURE(change);
      CAPTURE(second);
      const auto disk = std::make_shared<LogDisk>();
      disk->DieAt(change);
      const int acknowledged = RunUntilFault(scenario, disk);
      disk->PowerOn(Kept::kHalf);
      disk->DieAt(second);
      static_cast<void>(OpenOn(disk));
      disk->PowerOn(Kept::kHalf);
      CheckAfterDeath(scenario, disk, acknowledged);
    }
}

TEST_CASE(
    "jsonl store: after any one failure it opens again, goes on, and a power cut finds it all") {
  Scenario scenario;
  const int64_t changes = ChangesOfAWholeRun(scenario);
  for (int64_t change = 4; change <= changes; ++change) {
    CAPTURE(change);
    const auto disk = std::make_shared<LogDisk>();
    auto store = OpenOn(disk);
    REQUIRE_OK(store);
    disk->FailChange(change - disk->changes());
    int turns = 0;
    while (turns < Scenario::kTurns) {
      if (scenario.Run(**store, turns)) {
        ++turns;
        continue;
      }
      // Sticky until Reopen, and what may be looked at after it is what will stay.
      if ((*store)->Begin()) {
        (*store)->Rollback();
      } else {
        CHECK((*store)->FindJob("job_1").error().code == Code::kStoreFault);
        REQUIRE_OK((*store)->Reopen());
      }
      turns = CheckHolds(scenario, **store, turns);
    }
    store->reset();
    disk->PowerOn(Kept::kNothing);
    store = OpenOn(disk);
    REQUIRE_OK(store);
    CHECK(scenario.Dump(**store) == scenario.Dumps().back());
  }
}

TEST_CASE("jsonl store: a sync that failed is not believed by the next process either") {
  Scenario scenario;
  const auto disk = std::make_shared<LogDisk>();
  auto store = OpenOn(disk);
  REQUIRE_OK(store);
  REQUIRE_OK(scenario.Run(**store, 0));
  disk->FailChange(2);  // the write succeeds, its sync does not
  CHECK(!scenario.Run(**store, 1));
  store->reset();  // the process dies without having opened the store again
  store = OpenOn(disk);
  REQUIRE_OK(store);
  CHECK(scenario.Dump(**store) == scenario.Dumps()[2]);  // readable, so that it may be built upon …
  store->reset();
  disk->PowerOn(Kept::kNothing);
  store = OpenOn(disk);
  REQUIRE_OK(store);
  CHECK(scenario.Dump(**store) == scenario.Dumps()[2]);  // … and so it must stay
}

TEST_CASE("jsonl store: a full disk is a state to recover from") {
  Scenario scenario;
  const auto disk = std::make_shared<LogDisk>();
  auto store = OpenOn(disk);
  REQUIRE_OK(store);
  for (int turn = 0; turn < 10; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  disk->SetFull(true);
  const Result<void> failed = scenario.Run(**store, 10);
  REQUIRE(!failed);
  CHECK(failed.error().code == Code::kStoreFault);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>((*store)->Reopen());
    CHECK(!scenario.Run(**store, 10));
  }
  disk->SetFull(false);
  REQUIRE_OK((*store)->Reopen());
  for (int turn = 10; turn < Scenario::kTurns; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  CHECK(scenario.Dump(**store) == scenario.Dumps().back());
}

TEST_CASE("jsonl store: a fold that finds no room is told of once, and made up for") {
  Scenario scenario;
  JsonlOptions options = SmallLogs();
  options.fold_bytes = 1;
  options.seal_bytes = 1 << 20;
  options.idle_seal_bytes = 200;  // more than a log without turns has
  const auto disk = std::make_shared<LogDisk>();
  auto store = OpenOn(disk, options);
  REQUIRE_OK(store);
  for (int turn = 0; turn < 10; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  // A seal makes 6 changes; the next one makes the new snapshot.
  disk->FailChange(7);
  REQUIRE_OK((*store)->Tidy());
  CHECK((*store)->Tidy().error().code == Code::kStoreFault);
  CHECK(!disk->Has(std::string(kLogPath) + ".snapshot"));
  for (int turn = 10; turn < 20; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  REQUIRE_OK((*store)->Tidy());
  REQUIRE_OK((*store)->Tidy());
  CHECK(disk->Has(std::string(kLogPath) + ".snapshot"));
  CHECK(disk->Paths().size() == 2);
  CHECK(scenario.Dump(**store) == scenario.Dumps()[20]);
}

}  // namespace jobgate
