#include "tests/conformance/world.h"

namespace jobgate {

TEST_CASE_TEMPLATE("store: a committed turn is seen, a rolled back one leaves nothing", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job kept = world.Insert(world.jobs.Queued());
  const Job dropped = world.jobs.Queued();
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->InsertJob(dropped));
  REQUIRE_OK(world->UpdateJob(Started(kept), JobState::kQueued, 0));
  CHECK(world.Find(dropped.id));
  world->Rollback();
  CHECK(!world.Find(dropped.id));
  CHECK(world.Find(kept.id) == kept);
}

TEST_CASE_TEMPLATE("store: rollback without a turn does nothing", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(world.jobs.Queued());
  world->Rollback();
  world->Rollback();
  CHECK(world.Find(job.id) == job);
  world.Insert(world.jobs.Queued());
}

TEST_CASE_TEMPLATE("store: a savepoint that is rolled back takes only its own writes", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job first = world.jobs.Queued(), refused = world.jobs.Queued(), last = world.jobs.Queued();
  world.Turn([&] {
    REQUIRE_OK(world->Savepoint());
    REQUIRE_OK(world->InsertJob(first));
    REQUIRE_OK(world->Release());
    REQUIRE_OK(world->Savepoint());
    REQUIRE_OK(world->InsertJob(refused));
    REQUIRE_OK(world->UpdateJob(Started(first), JobState::kQueued, 0));
    REQUIRE_OK(world->PutSetting("refused", "yes"));
    REQUIRE_OK(world->RollbackToSavepoint());
    REQUIRE_OK(world->Savepoint());
    REQUIRE_OK(world->InsertJob(last));
    REQUIRE_OK(world->Release());
  });
  CHECK(world.Find(first.id) == first);
  CHECK(!world.Find(refused.id));
  CHECK(world.Find(last.id) == last);
  CHECK(!world.Value(world->GetSetting("refused")));
  CHECK(world.Value(world->Counts(kSampleTime)).Of(JobState::kQueued) == 2);
}

TEST_CASE_TEMPLATE("store: a statement that is refused harms no other of its turn", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.jobs.Queued();
  world.Turn([&] {
    REQUIRE_OK(world->InsertJob(job));
    CHECK(!world->InsertJob(job));
    CHECK(!world->UpdateJob(Started(job), JobState::kRunning, 1));
  });
  CHECK(world.Find(job.id) == job);
}

TEST_CASE_TEMPLATE("store: settings are kept and replaced", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(!world.Value(world->GetSetting("worker.stopped")));
  world.Turn([&] {
    REQUIRE_OK(world->PutSetting("worker.stopped", "false"));
    REQUIRE_OK(world->PutSetting("worker.stopped", "true"));
    REQUIRE_OK(world->PutSetting("empty", ""));
  });
  world.Restart();
  CHECK(world.Value(world->GetSetting("worker.stopped")) == "true");
  CHECK(world.Value(world->GetSetting("empty")) == "");
}

}  // namespace jobgate
