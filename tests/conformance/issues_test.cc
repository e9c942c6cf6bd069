// The issues that active jobs stand on.
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

Job On(Job job, int64_t issue) {
  job.issue_id = issue;
  return job;
}

using Ids = std::vector<JobId>;
using Issues = std::set<int64_t>;

}  // namespace

TEST_CASE_TEMPLATE("issues: the active jobs of an issue are told, oldest first", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job waiting = world.Insert(On(world.jobs.Waiting(Duration(5)), 7));
  const Job queued = world.Insert(On(world.jobs.Queued(), 7));
  const Job other = world.Insert(On(world.jobs.Queued(), 8));
  world.Insert(world.jobs.Queued());
  const Job before = world.Insert(On(world.jobs.Queued(), 7));
  const Job running = world.Update(before, Started(before));
  Job lost = running;
  lost.state = JobState::kInterrupted;
  const auto check = [&] {
    CHECK(IdsOf(world.Value(world->ActiveJobsOfIssue(7))) ==
          Ids{waiting.id, queued.id, running.id});
    CHECK(IdsOf(world.Value(world->ActiveJobsOfIssue(8))) == Ids{other.id});
    CHECK(world.Value(world->ActiveJobsOfIssue(9)).empty());
    CHECK(world.Value(world->ActiveIssues()) == Issues{7, 8});
  };
  check();
  world.Update(running, lost);
  check();
  world.Crash();
  check();
  CHECK(world.Value(world->ActiveJobsOfIssue(7)).front() == waiting);
}

TEST_CASE_TEMPLATE("issues: a job leaves its issue when it ends or moves to another one", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(On(world.jobs.Queued(), 7));
  const Job moved = world.Update(job, On(job, 8));
  CHECK(world.Value(world->ActiveIssues()) == Issues{8});
  CHECK(world.Value(world->ActiveJobsOfIssue(7)).empty());
  CHECK(IdsOf(world.Value(world->ActiveJobsOfIssue(8))) == Ids{job.id});
  const Job ended = world.Update(moved, Ended(moved, JobState::kCanceled));
  CHECK(world.Value(world->ActiveIssues()).empty());
  CHECK(world.Value(world->ActiveJobsOfIssue(8)).empty());
  world.Turn([&] { REQUIRE_OK(world->DeleteJob(ended.id)); });
  CHECK(world.Value(world->ActiveIssues()).empty());
}

TEST_CASE_TEMPLATE("issues: a rollback brings a job back to its issue", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(On(world.jobs.Queued(), 7));
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->UpdateJob(Ended(job, JobState::kCanceled), JobState::kQueued, 0));
  REQUIRE_OK(world->InsertJob(On(world.jobs.Queued(), 9)));
  CHECK(world.Value(world->ActiveIssues()) == Issues{9});
  world->Rollback();
  CHECK(world.Value(world->ActiveIssues()) == Issues{7});
}

}  // namespace jobgate
