#include "tests/conformance/world.h"

namespace jobgate {
namespace {

// Claimable belongs into a turn.
template <typename Kind>
std::vector<JobId> Claimable(World<Kind>& world, const ClaimQuery& query) {
  std::vector<JobId> ids;
  world.Turn([&] {
    for (const Candidate& candidate : world.Value(world->Claimable(query)))
      ids.push_back(candidate.id);
  });
  return ids;
}

// Up to `limit` of each priority.
template <typename Kind>
std::vector<JobId> Claimable(World<Kind>& world, Time now, int limit) {
  return Claimable(world, ClaimQuery{now, Priority::kBackground, {}, limit});
}

Job Of(const std::string& entrypoint, Job job) {
  job.entrypoint = entrypoint;
  return job;
}

}  // namespace

TEST_CASE_TEMPLATE("store: the most urgent are claimed first, the oldest first among them", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const JobId low = world.Insert(world.jobs.Queued(Priority::kBackground)).id;
  const JobId normal1 = world.Insert(world.jobs.Queued()).id;
  const JobId critical = world.Insert(world.jobs.Queued(Priority::kCritical)).id;
  const JobId normal2 = world.Insert(world.jobs.Queued()).id;
  const JobId high = world.Insert(world.jobs.Queued(Priority::kHigh)).id;
  using Ids = std::vector<JobId>;
  CHECK(Claimable(world, kSampleTime, 10) == Ids{critical, high, normal1, normal2, low});
  CHECK(Claimable(world, kSampleTime, 1) == Ids{critical, high, normal1, low});
  CHECK(Claimable(world, {kSampleTime, Priority::kNormal, {}, 10}) ==
        Ids{critical, high, normal1, normal2});
  CHECK(Claimable(world, {kSampleTime, Priority::kCritical, {}, 10}) == Ids{critical});
  CHECK(Claimable(world, kSampleTime, 0).empty());
}

TEST_CASE_TEMPLATE("store: a candidate says what the claim order needs of its job", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(Of("deploy", world.jobs.Delayed(Duration(10), Priority::kHigh)));
  world.Turn([&] {
    CHECK(world.Value(world->Claimable({After(Duration(20)), Priority::kBackground, {}, 1})) ==
          std::vector<Candidate>{{job.id, "deploy", Priority::kHigh, After(Duration(10))}});
  });
}

TEST_CASE_TEMPLATE("store: a blocked entrypoint is passed over and holds up no other", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const JobId deploy1 = world.Insert(Of("deploy", world.jobs.Queued(Priority::kHigh))).id;
  const JobId build1 = world.Insert(Of("build", world.jobs.Queued())).id;
  const JobId deploy2 = world.Insert(Of("deploy", world.jobs.Queued())).id;
  const JobId hello = world.Insert(world.jobs.Queued()).id;
  const JobId build2 = world.Insert(Of("build", world.jobs.Queued(Priority::kHigh))).id;
  using Ids = std::vector<JobId>;
  const auto claimable = [&](std::set<std::string> blocked, int limit) {
    return Claimable(world, {kSampleTime, Priority::kBackground, std::move(blocked), limit});
  };
  CHECK(claimable({}, 10) == Ids{deploy1, build2, build1, deploy2, hello});
  CHECK(claimable({"deploy"}, 10) == Ids{build2, build1, hello});
  CHECK(claimable({"deploy"}, 1) == Ids{build2, build1});
  CHECK(claimable({"build", "hello"}, 10) == Ids{deploy1, deploy2});
  CHECK(claimable({"nosuch"}, 1) == Ids{deploy1, build1});
  CHECK(claimable({"deploy", "build", "hello"}, 10).empty());
  CHECK(Claimable(world, {kSampleTime, Priority::kHigh, {"deploy"}, 10}) == Ids{build2});
}

TEST_CASE_TEMPLATE("store: delayed jobs of an entrypoint beside a blocked one wait for their time",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Insert(Of("deploy", world.jobs.Queued()));
  const JobId later = world.Insert(Of("build", world.jobs.Delayed(Duration(1000)))).id;
  const ClaimQuery now = {After(Duration(999)), Priority::kBackground, {"deploy"}, 10};
  CHECK(Claimable(world, now).empty());
  const ClaimQuery then = {After(Duration(1000)), Priority::kBackground, {"deploy"}, 10};
  CHECK(Claimable(world, then) == std::vector<JobId>{later});
}

TEST_CASE_TEMPLATE("store: totals by entrypoint follow jobs into the queue, the slots and out",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(world.Value(world->TotalsByEntrypoint()).empty());
  const Job build = world.Insert(Of("build", world.jobs.Queued()));
  world.Insert(Of("build", world.jobs.Delayed(Duration(1000), Priority::kLow)));
  const Job held = world.Insert(Of("deploy", world.jobs.Waiting(Duration(1000))));
  using Totals = std::map<std::string, EntrypointTotals>;
  CHECK(world.Value(world->TotalsByEntrypoint()) == Totals{{"build", {2, 0}}});
  CHECK(world.Value(world->TotalsOf("build")) == EntrypointTotals{2, 0});
  CHECK(world.Value(world->TotalsOf("deploy")) == EntrypointTotals{0, 0});
  Job raised = build;
  raised.priority = Priority::kHigh;
  world.Update(build, raised);
  CHECK(world.Value(world->TotalsOf("build")) == EntrypointTotals{2, 0});
  const Job running = world.Update(raised, Started(raised));
  CHECK(world.Value(world->TotalsOf("build")) == EntrypointTotals{1, 1});
  Job released = held;
  released.state = JobState::kQueued;
  world.Update(held, released);
  CHECK(world.Value(world->TotalsByEntrypoint()) == Totals{{"build", {1, 1}}, {"deploy", {1, 0}}});
  const auto reader = world.Reader();
  CHECK(world.Value(reader->TotalsByEntrypoint()) == Totals{{"build", {1, 1}}, {"deploy", {1, 0}}});
  world.Update(running, Ended(running, JobState::kSucceeded));
  CHECK(world.Value(world->TotalsOf("build")) == EntrypointTotals{1, 0});
  world.Restart();
  CHECK(world.Value(world->TotalsByEntrypoint()) == Totals{{"build", {1, 0}}, {"deploy", {1, 0}}});
}

TEST_CASE_TEMPLATE("store: only queued jobs are claimable", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job first = world.Insert(world.jobs.Queued());
  const Job second = world.Insert(world.jobs.Queued());
  world.Insert(world.jobs.Waiting(Duration(1)));
  world.Insert(Ended(world.jobs.Queued(), JobState::kSucceeded));
  world.Update(first, Started(first));
  CHECK(Claimable(world, kSampleTime, 10) == std::vector<JobId>{second.id});
}

TEST_CASE_TEMPLATE("store: a delayed job is claimable from its time on, in its old place", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const JobId delayed = world.Insert(world.jobs.Delayed(Duration(1000))).id;
  const JobId later = world.Insert(world.jobs.Delayed(Duration(2000), Priority::kHigh)).id;
  const JobId ready = world.Insert(world.jobs.Queued()).id;
  using Ids = std::vector<JobId>;
  CHECK(Claimable(world, kSampleTime, 10) == Ids{ready});
  CHECK(Claimable(world, After(Duration(999)), 10) == Ids{ready});
  CHECK(Claimable(world, After(Duration(1000)), 10) == Ids{delayed, ready});
  CHECK(Claimable(world, After(Duration(2000)), 10) == Ids{later, delayed, ready});
  // A clock that stepped back makes them wait again.
  CHECK(Claimable(world, After(Duration(1500)), 10) == Ids{delayed, ready});
  CHECK(Claimable(world, kSampleTime, 10) == Ids{ready});
}

TEST_CASE_TEMPLATE("store: a retry that waits for its backoff is delayed", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job queued = world.Insert(world.jobs.Queued());
  const Job running = world.Update(queued, Started(queued));
  Job retry = running;
  retry.state = JobState::kQueued;
  retry.run_after = retry.ready_at = After(Duration(5000));
  world.Update(running, retry);
  CHECK(Claimable(world, After(Duration(4999)), 10).empty());
  CHECK(Claimable(world, After(Duration(5000)), 10) == std::vector<JobId>{retry.id});
}

TEST_CASE_TEMPLATE("store: a promotion that is rolled back is made again", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const JobId delayed = world.Insert(world.jobs.Delayed(Duration(10))).id;
  for (int i = 0; i < 2; ++i) {
    REQUIRE_OK(world->Begin());
    const auto due =
        world.Value(world->Claimable({After(Duration(10)), Priority::kBackground, {}, 1}));
    CHECK((due.size() == 1 && due.front().id == delayed));
    world->Rollback();
  }
}

TEST_CASE_TEMPLATE("store: of many that come due at once the most urgent are claimed first", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  constexpr int kJobs = 12'000;
  std::vector<JobId> urgent;
  world.Turn([&] {
    for (int i = 0; i < kJobs; ++i) {
      const bool is_urgent = i % 1000 == 999;
      // The urgent ones come due last.
      const Job job = world.jobs.Delayed(Duration(is_urgent ? 100'000 : 1 + i),
                                         is_urgent ? Priority::kHigh : Priority::kLow);
      REQUIRE_OK(world->InsertJob(job));
      if (is_urgent) urgent.push_back(job.id);
    }
  });
  const std::vector<JobId> first = Claimable(world, After(Duration(200'000)), 13);
  REQUIRE(first.size() == 25);  // of each priority
  CHECK(std::vector(first.begin(), first.begin() + 12) == urgent);
  std::vector<JobId> rest;
  for (int i = 0; i < 10; ++i) rest = Claimable(world, After(Duration(200'000)), kJobs + 1);
  CHECK(rest.size() == kJobs);
}

TEST_CASE_TEMPLATE("store: a new priority changes the claim order", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job first = world.Insert(world.jobs.Queued());
  const Job second = world.Insert(world.jobs.Queued());
  Job raised = second;
  raised.priority = Priority::kCritical;
  world.Update(second, raised);
  CHECK(Claimable(world, kSampleTime, 10) == std::vector<JobId>{second.id, first.id});
  CHECK(world.Value(world->Counts(kSampleTime)).queued_by_priority ==
        std::map<Priority, int64_t>{{Priority::kCritical, 1}, {Priority::kNormal, 1}});
}

TEST_CASE_TEMPLATE("store: the next time to look is the earliest one in the future", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(!world.Value(world->NextReadyAt(kSampleTime)));
  world.Insert(world.jobs.Queued());
  CHECK(!world.Value(world->NextReadyAt(kSampleTime)));
  world.Insert(world.jobs.Delayed(Duration(5000)));
  const Job soon = world.Insert(world.jobs.Delayed(Duration(1000)));
  CHECK(world.Value(world->NextReadyAt(kSampleTime)) == After(Duration(1000)));
  CHECK(world.Value(world->NextReadyAt(After(Duration(1000)))) == After(Duration(5000)));
  Claimable(world, After(Duration(1000)), 1);
  CHECK(world.Value(world->NextReadyAt(kSampleTime)) == After(Duration(1000)));
  world.Update(soon, Ended(soon, JobState::kCanceled));
  CHECK(world.Value(world->NextReadyAt(kSampleTime)) == After(Duration(5000)));
  CHECK(!world.Value(world->NextReadyAt(After(Duration(5000)))));
}

TEST_CASE_TEMPLATE("store: jobs of a state come oldest first, page by page", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  std::vector<JobId> queued;
  for (Priority priority : {Priority::kLow, Priority::kCritical, Priority::kNormal})
    queued.push_back(world.Insert(world.jobs.Queued(priority)).id);
  queued.push_back(world.Insert(world.jobs.Delayed(Duration(1), Priority::kHigh)).id);
  const Job running = world.Insert(Started(world.jobs.Queued()));
  CHECK(IdsOf(world.Value(world->JobsIn(JobState::kQueued, "", 10))) == queued);
  CHECK(IdsOf(world.Value(world->JobsIn(JobState::kQueued, queued[1], 1))) ==
        std::vector<JobId>{queued[2]});
  CHECK(world.Value(world->JobsIn(JobState::kQueued, queued.back(), 10)).empty());
  CHECK(world.Value(world->JobsIn(JobState::kRunning, "", 10)) == std::vector<Job>{running});
}

TEST_CASE_TEMPLATE("store: a waiting request falls due by its expiry; an approved one does not",
                   Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(!world.Value(world->NextExpiryOrWarning(After(Duration(0)))));
  const Job late = world.Insert(world.jobs.Waiting(Duration(2000)));
  const Job soon = world.Insert(world.jobs.Waiting(Duration(1000), Priority::kLow));
  Job approved = world.jobs.Waiting(Duration(500));
  approved.state = JobState::kQueued;
  world.Insert(approved);
  world.Insert(world.jobs.Queued());
  const auto next_at = [&](Duration now) {
    return world.Value(world->NextExpiryOrWarning(After(now)));
  };
  CHECK(next_at(Duration(0)) == After(Duration(1000)));
  CHECK(next_at(Duration(1000)) == After(Duration(1000)));
  CHECK(next_at(Duration(1001)) == After(Duration(2000)));
  CHECK(!next_at(Duration(2001)));
  CHECK(world.Value(world->ExpiriesDue(After(Duration(999)), 10)).empty());
  using Ids = std::vector<JobId>;
  CHECK(IdsOf(world.Value(world->ExpiriesDue(After(Duration(1000)), 10))) == Ids{soon.id});
  CHECK(IdsOf(world.Value(world->ExpiriesDue(After(Duration(2000)), 10))) == Ids{soon.id, late.id});
  CHECK(IdsOf(world.Value(world->ExpiriesDue(After(Duration(2000)), 1))) == Ids{soon.id});
  world.Update(soon, Ended(soon, JobState::kCanceled));
  CHECK(world.Value(world->NextExpiryOrWarning(After(Duration(0)))) == After(Duration(2000)));
  Job used = Started(approved);
  used.approval_expires_at.reset();
  world.Update(approved, used);
  CHECK(IdsOf(world.Value(world->ExpiriesDue(After(Duration(2000)), 10))) == Ids{late.id});
}

TEST_CASE_TEMPLATE("store: a warning falls due before the expiry, until it is given", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Job job = world.jobs.Waiting(Duration(2000));
  job.approval_warn_at = After(Duration(500));
  world.Insert(job);
  world.Insert(world.jobs.Waiting(Duration(1000)));
  CHECK(world.Value(world->NextExpiryOrWarning(After(Duration(500)))) == After(Duration(500)));
  CHECK(world.Value(world->NextExpiryOrWarning(After(Duration(501)))) == After(Duration(1000)));
  CHECK(world.Value(world->WarningsDue(After(Duration(499)), 10)).empty());
  CHECK(world.Value(world->WarningsDue(After(Duration(500)), 10)) == std::vector<Job>{job});
  Job warned = job;
  warned.approval_warn_at.reset();
  world.Update(job, warned);
  CHECK(world.Value(world->WarningsDue(After(Duration(3000)), 10)).empty());
  CHECK(world.Value(world->NextExpiryOrWarning(After(Duration(0)))) == After(Duration(1000)));
}

TEST_CASE_TEMPLATE("store: totals follow every state", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job queued = world.Insert(world.jobs.Queued());
  world.Insert(world.jobs.Queued(Priority::kLow));
  world.Insert(world.jobs.Waiting(Duration(1000)));
  CHECK(world.Value(world->Totals()).Of(JobState::kQueued) == 2);
  CHECK(world.Value(world->Totals()).Of(JobState::kWaitingApproval) == 1);
  world.Update(queued, Started(queued));
  CHECK(world.Value(world->Totals()).Of(JobState::kQueued) == 1);
  CHECK(world.Value(world->Totals()).Of(JobState::kRunning) == 1);
}

}  // namespace jobgate
