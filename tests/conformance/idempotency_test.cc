#include "tests/conformance/world.h"

namespace jobgate {
namespace {

template <typename Kind>
Job InsertKeyed(World<Kind>& world, const std::string& key) {
  Job job = world.jobs.Queued();
  job.idempotency_key = key;
  world.Turn([&] {
    REQUIRE_OK(world->InsertJob(job));
    REQUIRE_OK(world->PutIdempotencyKey({key, job.id, "hash-" + key}));
  });
  return job;
}

template <typename Kind>
int Drop(World<Kind>& world, Time ended_before) {
  int dropped = 0;
  world.Turn([&] { dropped = world.Value(world->DropIdempotencyKeys(ended_before)); });
  return dropped;
}

template <typename Kind>
bool Known(World<Kind>& world, const std::string& key) {
  return world.Value(world->FindIdempotencyKey(key)).has_value();
}

}  // namespace

TEST_CASE_TEMPLATE("store: an idempotency key finds its job and what was asked for", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(!Known(world, "k"));
  const Job job = InsertKeyed(world, "k");
  const auto found = world.Value(world->FindIdempotencyKey("k"));
  REQUIRE(found);
  CHECK(found->key == "k");
  CHECK(found->job_id == job.id);
  CHECK(found->request_hash == "hash-k");
  CHECK(!Known(world, "K"));
}

TEST_CASE_TEMPLATE("store: a key is taken once", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = InsertKeyed(world, "k");
  const Job other = world.Insert(world.jobs.Queued());
  world.Turn([&] {
    const Result<void> again = world->PutIdempotencyKey({"k", other.id, "hash"});
    REQUIRE(!again);
    CHECK(again.error().code == Code::kConflict);
  });
  CHECK(world.Value(world->FindIdempotencyKey("k"))->job_id == job.id);
}

TEST_CASE_TEMPLATE("store: keys are dropped some time after their job ended, not before", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  InsertKeyed(world, "active");
  const Job ended = InsertKeyed(world, "ended");
  const Job dead = InsertKeyed(world, "dead");
  world.Update(ended, Ended(ended, JobState::kCanceled, After(Duration(1000))));
  world.Update(dead, Ended(dead, JobState::kDeadLettered, After(Duration(2000))));
  CHECK(Drop(world, After(Duration(1000))) == 0);
  CHECK(Drop(world, After(Duration(1001))) == 1);
  CHECK(!Known(world, "ended"));
  CHECK(Known(world, "dead"));
  CHECK(Drop(world, After(Duration(9999))) == 1);
  CHECK(Known(world, "active"));
  CHECK(InsertKeyed(world, "ended").id != ended.id);
}

TEST_CASE_TEMPLATE("store: a key that was dropped is free in the same turn", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = InsertKeyed(world, "k");
  InsertKeyed(world, "other");
  const Job next = world.Insert(world.jobs.Queued());
  world.Turn([&] {
    REQUIRE_OK(world->DropIdempotencyKey("k"));
    REQUIRE_OK(world->DropIdempotencyKey("never there"));
    REQUIRE_OK(world->PutIdempotencyKey({"k", next.id, "hash"}));
  });
  CHECK(world.Value(world->FindIdempotencyKey("k"))->job_id == next.id);
  world.Turn([&] {
    REQUIRE_OK(world->Savepoint());
    REQUIRE_OK(world->DropIdempotencyKey("k"));
    REQUIRE_OK(world->RollbackToSavepoint());
  });
  CHECK(Known(world, "k"));
  CHECK(Known(world, "other"));
}

TEST_CASE_TEMPLATE("store: dropping many keys takes bounded steps", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Turn([&] {
    for (int i = 0; i < 1500; ++i) {
      Job job = Ended(world.jobs.Queued(), JobState::kFailed);
      job.idempotency_key = "k" + std::to_string(i);
      REQUIRE_OK(world->InsertJob(job));
      REQUIRE_OK(world->PutIdempotencyKey({*job.idempotency_key, job.id, "hash"}));
    }
  });
  CHECK(Drop(world, After(Duration(1))) == 1000);
  CHECK(Drop(world, After(Duration(1))) == 500);
  CHECK(Drop(world, After(Duration(1))) == 0);
}

}  // namespace jobgate
