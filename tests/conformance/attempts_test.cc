#include "tests/conformance/world.h"

namespace jobgate {

TEST_CASE_TEMPLATE("store: attempts come back in order with every field", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Job job = world.Insert(Started(world.jobs.Queued()));
  const Job other = world.Insert(Started(world.jobs.Queued()));
  Attempt first = AttemptOf(job);
  first.digest = std::string(64, 'd');
  world.Turn([&] {
    REQUIRE_OK(world->InsertAttempt(first));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(other)));
  });
  CHECK(world.Value(world->AttemptsOf(job.id)) == std::vector<Attempt>{first});
  Attempt ended = Ended(first, "timed_out", After(Duration(7)));
  ended.signal = 9;
  ended.error = "took longer than 1s";
  ended.usage = {77, 88'000'000'000};
  job = world.Update(job, Started(job));
  const Attempt second = AttemptOf(job, After(Duration(8)));
  world.Turn([&] {
    REQUIRE_OK(world->FinishAttempt(ended));
    REQUIRE_OK(world->InsertAttempt(second));
  });
  CHECK(world.Value(world->AttemptsOf(job.id)) == std::vector<Attempt>{ended, second});
  CHECK(world.Value(world->AttemptsOf("job_UNKNOWN")).empty());
}

TEST_CASE_TEMPLATE("store: an attempt ends once", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(Started(world.jobs.Queued()));
  const Attempt attempt = AttemptOf(job);
  const Attempt ended = Ended(attempt, "succeeded");
  world.Turn([&] { REQUIRE_OK(world->InsertAttempt(attempt)); });
  world.Turn([&] { REQUIRE_OK(world->FinishAttempt(ended)); });
  world.Turn([&] {
    const Result<void> again = world->FinishAttempt(Ended(attempt, "failed"));
    REQUIRE(!again);
    CHECK(again.error().code == Code::kConflict);
    Attempt unknown = ended;
    unknown.number = 2;
    CHECK(world->FinishAttempt(unknown).error().code == Code::kConflict);
    CHECK(!world->InsertAttempt(attempt));
  });
  CHECK(world.Value(world->AttemptsOf(job.id)) == std::vector<Attempt>{ended});
}

TEST_CASE_TEMPLATE("store: an attempt after one that has not ended is refused", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job first = world.Insert(Started(world.jobs.Queued()));
  const Job other = world.Insert(Started(world.jobs.Queued()));
  const Job second = world.Update(first, Started(first));
  world.Turn([&] {
    REQUIRE_OK(world->InsertAttempt(AttemptOf(first)));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(other)));
  });
  REQUIRE_OK(world->Begin());
  const Result<void> inserted = world->InsertAttempt(AttemptOf(second));
  world->Rollback();
  REQUIRE(!inserted);
  CHECK(inserted.error().code == Code::kInternal);
  CHECK(world.Value(world->AttemptsOf(first.id)) == std::vector<Attempt>{AttemptOf(first)});
  world.Turn([&] {
    REQUIRE_OK(world->FinishAttempt(Ended(AttemptOf(first), "failed")));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(second)));
  });
  CHECK(world.Value(world->AttemptsOf(first.id)).size() == 2);
}

TEST_CASE_TEMPLATE("store: an attempt without its job, or half ended, is refused", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(Started(world.jobs.Queued()));
  auto refused = [&](const Attempt& attempt) {
    REQUIRE_OK(world->Begin());
    const Result<void> inserted = world->InsertAttempt(attempt);
    world->Rollback();
    REQUIRE(!inserted);
    CHECK(inserted.error().code == Code::kInternal);
  };
  refused(AttemptOf(Started(world.jobs.Queued())));
  refused(Ended(AttemptOf(job), "exploded"));
  Attempt half = AttemptOf(job);
  half.ended_at = kSampleTime;
  refused(half);
  Attempt zeroth = AttemptOf(job);
  zeroth.number = 0;
  refused(zeroth);
}

TEST_CASE_TEMPLATE("store: the last outcomes are those of the executed attempts that ended last",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const std::vector<std::string> outcomes = {"failed", "succeeded", "interrupted", "canceled"};
  world.Turn([&] {
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const Job job = Started(world.jobs.Queued());
      REQUIRE_OK(world->InsertJob(job));
      REQUIRE_OK(world->InsertAttempt(AttemptOf(job)));
      // The third one ends last.
      const int ends = i == 2 ? 1000 : static_cast<int>(i);
      REQUIRE_OK(world->FinishAttempt(Ended(AttemptOf(job), outcomes[i], After(Duration(ends)))));
    }
    const Job running = Started(world.jobs.Queued());
    REQUIRE_OK(world->InsertJob(running));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(running)));
    const Job dry = Started(world.jobs.Queued());
    Attempt rehearsed = AttemptOf(dry);
    rehearsed.incarnation = kDryRun;
    REQUIRE_OK(world->InsertJob(dry));
    REQUIRE_OK(world->InsertAttempt(rehearsed));
    REQUIRE_OK(world->FinishAttempt(Ended(rehearsed, "succeeded", After(Duration(2000)))));
  });
  using Texts = std::vector<std::string>;
  CHECK(world.Value(world->LastOutcomes(10)) ==
        Texts{"interrupted", "canceled", "succeeded", "failed"});
  CHECK(world.Value(world->LastOutcomes(2)) == Texts{"interrupted", "canceled"});
}

TEST_CASE_TEMPLATE("store: failed attempts of a time are those that went wrong, newest first", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  std::vector<JobId> ids;
  world.Turn([&] {
    int ends = 0;
    for (const char* outcome : {"failed", "succeeded", "timed_out", "canceled", "spawn_failed",
                                "asked_approval", "interrupted"}) {
      const Job job = Started(world.jobs.Queued());
      ids.push_back(job.id);
      REQUIRE_OK(world->InsertJob(job));
      REQUIRE_OK(world->InsertAttempt(AttemptOf(job)));
      REQUIRE_OK(world->FinishAttempt(Ended(AttemptOf(job), outcome, After(Duration(++ends)))));
    }
    const Job running = Started(world.jobs.Queued());
    REQUIRE_OK(world->InsertJob(running));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(running)));
  });
  const auto failed = [&](Time from, int limit) {
    std::vector<JobId> found;
    for (const Attempt& attempt : world.Value(world.Reader()->FailedAttempts(from, limit)))
      found.push_back(attempt.job_id);
    return found;
  };
  using Ids = std::vector<JobId>;
  CHECK(failed(kSampleTime, 10) == Ids{ids[6], ids[4], ids[2], ids[0]});
  CHECK(failed(After(Duration(3)), 10) == Ids{ids[6], ids[4], ids[2]});
  CHECK(failed(kSampleTime, 2) == Ids{ids[6], ids[4]});
  CHECK(world.Value(world->FailedAttempts(kSampleTime, 10)).at(3) ==
        world.Value(world->AttemptsOf(ids[0])).at(0));
}

TEST_CASE_TEMPLATE("store: the oldest start is that of an attempt that still runs", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  auto oldest = [&] { return world.Value(world->Counts(kSampleTime)).oldest_started_at; };
  CHECK(!oldest());
  const Job first = world.Insert(Started(world.jobs.Queued()));
  const Job second = world.Insert(Started(world.jobs.Queued()));
  world.Turn([&] {
    REQUIRE_OK(world->InsertAttempt(AttemptOf(first, After(Duration(1)))));
    REQUIRE_OK(world->InsertAttempt(AttemptOf(second, After(Duration(2)))));
  });
  CHECK(oldest() == After(Duration(1)));
  world.Turn([&] {
    REQUIRE_OK(world->FinishAttempt(Ended(AttemptOf(first), "failed", After(Duration(3)))));
  });
  CHECK(oldest() == After(Duration(2)));
}

}  // namespace jobgate
