#include "tests/conformance/world.h"

namespace jobgate {

TEST_CASE_TEMPLATE("store: what was committed is there after a crash, what was not is not", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job committed = world.Insert(world.jobs.Queued());
  const Job open = world.jobs.Queued();
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->InsertJob(open));
  REQUIRE_OK(world->UpdateJob(Started(committed), JobState::kQueued, 0));
  world.Crash();
  CHECK(world.Find(committed.id) == committed);
  CHECK(!world.Find(open.id));
  CHECK(world.Value(world->Counts(kSampleTime)).Total() == 1);
}

TEST_CASE_TEMPLATE("store: reopen keeps what was committed and drops the open turn", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job committed = world.Insert(world.jobs.Queued());
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->InsertJob(world.jobs.Queued()));
  REQUIRE_OK(world->Reopen());
  CHECK(world.Value(world->Counts(kSampleTime)).Total() == 1);
  CHECK(world.Find(committed.id) == committed);
  world.Insert(world.jobs.Queued());
}

TEST_CASE_TEMPLATE("store: a reader sees commits at once and open turns never", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const auto reader = world.Reader();
  auto total = [&] { return World<Kind>::Value(reader->Counts(kSampleTime)).Total(); };
  CHECK(total() == 0);
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->InsertJob(world.jobs.Queued()));
  CHECK(total() == 0);
  REQUIRE_OK(world->Commit());
  CHECK(total() == 1);
}

TEST_CASE_TEMPLATE("store: a reader outlives a reopened and a tidied store", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const auto reader = world.Reader();
  for (int i = 1; i <= 3; ++i) {
    world.Insert(world.jobs.Queued());
    REQUIRE_OK(world->Reopen());
    world.Insert(world.jobs.Queued());
    REQUIRE_OK(world->Tidy());
    CHECK(World<Kind>::Value(reader->Counts(kSampleTime)).Total() == 2 * i);
  }
}

TEST_CASE_TEMPLATE("store: upkeep loses nothing", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Turn([&] {
    for (int i = 0; i < 5000; ++i) REQUIRE_OK(world->InsertJob(world.jobs.Queued()));
  });
  REQUIRE_OK(world->Tidy());
  world.Crash();
  CHECK(world.Value(world->Counts(kSampleTime)).Total() == 5000);
}

}  // namespace jobgate
