// What retention takes out of the store.
#include "store/forgotten_payload.h"
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

template <typename Kind>
Job EndedJob(World<Kind>& world, JobState state = JobState::kSucceeded) {
  const Job queued = world.Insert(world.jobs.Queued());
  const Job running = world.Update(queued, Started(queued));
  world.Turn([&] {
    REQUIRE_OK(world->InsertAttempt(AttemptOf(running)));
    REQUIRE_OK(world->FinishAttempt(Ended(AttemptOf(running), "succeeded")));
  });
  return world.Update(running, Ended(running, state));
}

template <typename Kind>
void Append(World<Kind>& world, const JobId& id, const std::string& payload) {
  world.Turn([&] {
    Event event = EventOf("job:progress", id);
    event.payload = payload;
    REQUIRE_OK(world->AppendEvent(event));
  });
}

}  // namespace

TEST_CASE_TEMPLATE("forget: a deleted job is gone with its attempts, and counted no more", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job gone = EndedJob(world);
  const Job kept = EndedJob(world);
  world.Turn([&] { REQUIRE_OK(world->DeleteJob(gone.id)); });
  const auto check = [&] {
    CHECK(!world.Find(gone.id));
    CHECK(world.Value(world->AttemptsOf(gone.id)).empty());
    CHECK(world.Find(kept.id) == kept);
    CHECK(world.Value(world->AttemptsOf(kept.id)).size() == 1);
    CHECK(world.Value(world->Counts(kSampleTime)).Of(JobState::kSucceeded) == 1);
    CHECK(world.Value(world->LastOutcomes(10)).size() == 1);
    JobFilter all;
    CHECK(IdsOf(world.Value(world->ListJobs(all)).jobs) == std::vector<JobId>{kept.id});
    CHECK(!world->ResolveId(gone.id));
  };
  check();
  world.Crash();
  check();
}

TEST_CASE_TEMPLATE("forget: only what has ended, is not dead-lettered and has no key is deleted",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job queued = world.Insert(world.jobs.Queued());
  const Job dead = EndedJob(world, JobState::kDeadLettered);
  const Job keyed = EndedJob(world);
  world.Turn([&] { REQUIRE_OK(world->PutIdempotencyKey({"key", keyed.id, "hash"})); });
  const auto refused = [&](const JobId& id) {
    REQUIRE_OK(world->Begin());
    const auto deleted = world->DeleteJob(id);
    world->Rollback();
    REQUIRE(!deleted);
    CHECK(deleted.error().code == Code::kConflict);
    CHECK(world.Find(id));
  };
  refused(queued.id);
  refused(dead.id);
  refused(keyed.id);
  world.Turn([&] { CHECK(world.Value(world->DropIdempotencyKeys(After(Duration(1)))) == 1); });
  world.Turn([&] { REQUIRE_OK(world->DeleteJob(keyed.id)); });
  CHECK(!world.Find(keyed.id));
}

TEST_CASE_TEMPLATE("forget: a job that a key stands for is left out where that is asked for", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job keyed = EndedJob(world);
  const Job free = EndedJob(world);
  world.Turn([&] { REQUIRE_OK(world->PutIdempotencyKey({"key", keyed.id, "hash"})); });
  EndedFilter filter;
  filter.states = {JobState::kSucceeded};
  CHECK(world.Value(world->ListEnded(filter)).jobs.size() == 2);
  filter.without_key = true;
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) == std::vector<JobId>{free.id});
}

TEST_CASE_TEMPLATE("forget: dropped payloads leave their digests, and everything else of the event",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = EndedJob(world);
  const Job other = EndedJob(world);
  const std::string payload = R"({"line":"secret"})";
  for (int i = 0; i < 5; ++i) Append(world, job.id, payload);
  Append(world, other.id, payload);
  const std::vector<Event> before = world.Value(world->Events({0, job.id, 100}));
  std::optional<int64_t> after = 0;
  int steps = 0;
  while (after) {
    world.Turn([&] { after = world.Value(world->DropPayloads(job.id, *after, 2)); });
    REQUIRE(++steps < 10);
  }
  CHECK(steps == 3);
  world.Crash();
  const std::vector<Event> events = world.Value(world->Events({0, job.id, 100}));
  REQUIRE(events.size() == before.size());
  for (size_t i = 0; i < events.size(); ++i) {
    Event same = before[i];
    same.payload = ForgottenPayload(before[i].payload);
    CHECK(events[i] == same);
  }
  CHECK(IsForgotten(events[0].payload));
  CHECK(world.Value(world->Events({0, other.id, 100})).back().payload == payload);
}

TEST_CASE_TEMPLATE("forget: a payload is dropped once, and a job without events has none left",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = EndedJob(world);
  world.Turn([&] { CHECK(world.Value(world->DropPayloads(job.id, 0, 10)) == std::nullopt); });
  Append(world, job.id, R"({"a":1})");
  world.Turn([&] { CHECK(!world.Value(world->DropPayloads(job.id, 0, 10))); });
  const std::string once = world.Value(world->Events({0, job.id, 10})).back().payload;
  world.Turn([&] { CHECK(!world.Value(world->DropPayloads(job.id, 0, 10))); });
  CHECK(world.Value(world->Events({0, job.id, 10})).back().payload == once);
}

TEST_CASE_TEMPLATE("forget: the events of a deleted job stay in order, without a gap", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = EndedJob(world);
  for (int i = 0; i < 3; ++i) Append(world, job.id, "{}");
  world.Turn([&] {
    world.Value(world->DropPayloads(job.id, 0, 100));
    REQUIRE_OK(world->DeleteJob(job.id));
  });
  Append(world, job.id, "{}");
  int64_t seq = 0;
  for (const Event& event : world.Value(world->Events({0, std::nullopt, 100})))
    CHECK(event.seq == ++seq);
  CHECK(seq == 4);
  CHECK(world.Value(world->LastEventSeq()) == 4);
}

}  // namespace jobgate
