// Jobs at rest, by when they ended.
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

using std::chrono::seconds;

template <typename Kind>
Job End(World<Kind>& world, JobState state, Duration after, std::string entrypoint = "hello",
        std::string reason = "exit code 1") {
  Job job = world.jobs.Queued();
  job.entrypoint = std::move(entrypoint);
  world.Insert(job);
  const Job running = world.Update(job, Started(job));
  Job ended = Ended(running, state, After(after));
  if (state == JobState::kDeadLettered) ended.dlq_reason = std::move(reason);
  return world.Update(running, ended);
}

EndedFilter DeadLetters() {
  EndedFilter filter;
  filter.states = {JobState::kDeadLettered};
  return filter;
}

}  // namespace

TEST_CASE_TEMPLATE("ended: jobs come in the order of their ends, whatever their ids", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job late = End(world, JobState::kDeadLettered, seconds(9));
  const Job early = End(world, JobState::kDeadLettered, seconds(1));
  const Job twin = End(world, JobState::kDeadLettered, seconds(1));
  EndedFilter filter = DeadLetters();
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) ==
        std::vector<JobId>{early.id, twin.id, late.id});
  filter.newest_first = true;
  CHECK(IdsOf(world.Value(world.Reader()->ListEnded(filter)).jobs) ==
        std::vector<JobId>{late.id, twin.id, early.id});
}

TEST_CASE_TEMPLATE("ended: several states are one list, and what has not ended is in none", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job failed = End(world, JobState::kFailed, seconds(3));
  const Job succeeded = End(world, JobState::kSucceeded, seconds(1));
  const Job canceled = End(world, JobState::kCanceled, seconds(2));
  End(world, JobState::kDeadLettered, seconds(1));
  world.Insert(world.jobs.Queued());
  EndedFilter filter;
  filter.states = {JobState::kFailed, JobState::kSucceeded, JobState::kCanceled,
                   JobState::kSucceeded, JobState::kQueued};
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) ==
        std::vector<JobId>{succeeded.id, canceled.id, failed.id});
  filter.states = {JobState::kQueued, JobState::kRunning};
  CHECK(world.Value(world->ListEnded(filter)).jobs.empty());
  filter.states = {};
  CHECK(world.Value(world->ListEnded(filter)).jobs.empty());
}

TEST_CASE_TEMPLATE("ended: filters by entrypoint, reason and time meet", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job a = End(world, JobState::kDeadLettered, seconds(1), "import", "Exit code 75 (try 3)");
  const Job b = End(world, JobState::kDeadLettered, seconds(2), "import", "timed out after 5s");
  const Job c = End(world, JobState::kDeadLettered, seconds(3), "deploy", "exit code 75");
  EndedFilter filter = DeadLetters();
  filter.reason = "EXIT code 75";
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) == std::vector<JobId>{a.id, c.id});
  filter.entrypoint = "import";
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) == std::vector<JobId>{a.id});
  filter = DeadLetters();
  filter.ended_from = After(seconds(2));
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) == std::vector<JobId>{b.id, c.id});
  filter.ended_before = After(seconds(3));
  CHECK(IdsOf(world.Value(world->ListEnded(filter)).jobs) == std::vector<JobId>{b.id});
  filter.reason = "%";
  CHECK(world.Value(world->ListEnded(filter)).jobs.empty());
}

TEST_CASE_TEMPLATE("ended: pages join without a gap in both orders, over several states", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  for (int i = 0; i < 11; ++i)
    End(world, i % 3 ? JobState::kFailed : JobState::kSucceeded, seconds(i / 2));
  for (const bool newest_first : {false, true}) {
    CAPTURE(newest_first);
    EndedFilter filter;
    filter.states = {JobState::kFailed, JobState::kSucceeded};
    filter.newest_first = newest_first;
    const std::vector<JobId> all = IdsOf(world.Value(world->ListEnded(filter)).jobs);
    CHECK(all.size() == 11);
    std::vector<JobId> joined;
    filter.limit = 3;
    do {
      const JobPage page = world.Value(world->ListEnded(filter));
      for (const Job& job : page.jobs) joined.push_back(job.id);
      filter.cursor = page.next_cursor;
    } while (!filter.cursor.empty());
    CHECK(joined == all);
  }
}

TEST_CASE_TEMPLATE("ended: a cursor of another order and a limit of none are refused", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  for (int i = 0; i < 3; ++i) End(world, JobState::kDeadLettered, seconds(i));
  EndedFilter filter = DeadLetters();
  filter.limit = 1;
  const std::string cursor = world.Value(world->ListEnded(filter)).next_cursor;
  REQUIRE(!cursor.empty());
  filter.newest_first = true;
  for (const std::string& wrong : {cursor, std::string("x"), std::string("n12"),
                                   std::string("nabc.job_1"), std::string("n12.x")}) {
    CAPTURE(wrong);
    filter.cursor = wrong;
    const auto page = world->ListEnded(filter);
    REQUIRE(!page);
    CHECK(page.error().code == Code::kInvalidArgument);
  }
  filter.cursor.clear();
  filter.limit = 0;
  CHECK(!world->ListEnded(filter));
}

TEST_CASE_TEMPLATE("ended: a job that leaves the dead-letter queue keeps its end", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job dead = End(world, JobState::kDeadLettered, seconds(1));
  Job left = dead;
  left.state = JobState::kFailed;
  world.Update(dead, left);
  CHECK(world.Value(world->ListEnded(DeadLetters())).jobs.empty());
  EndedFilter failed;
  failed.states = {JobState::kFailed};
  failed.ended_from = failed.ended_before = After(seconds(1));
  *failed.ended_before += Duration(1);
  CHECK(IdsOf(world.Value(world->ListEnded(failed)).jobs) == std::vector<JobId>{dead.id});
}

}  // namespace jobgate
