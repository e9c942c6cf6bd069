#include <algorithm>
#include <set>

#include "tests/conformance/world.h"

namespace jobgate {
namespace {

bool Matches(const Job& job, const JobFilter& filter) {
  if (!filter.states.empty() && !std::ranges::count(filter.states, job.state)) return false;
  if (filter.entrypoint && job.entrypoint != *filter.entrypoint) return false;
  if (filter.priority && job.priority != *filter.priority) return false;
  if (filter.correlation_id && job.correlation_id != filter.correlation_id) return false;
  if (!filter.expires_before) return true;
  return job.state == JobState::kWaitingApproval && job.approval_expires_at < filter.expires_before;
}

bool Before(const Job& a, const Job& b, ListOrder order) {
  switch (order) {
    case ListOrder::kNewest:
      return a.id > b.id;
    case ListOrder::kOldest:
      return a.id < b.id;
    case ListOrder::kPriority:
      return std::tie(a.priority, a.id) < std::tie(b.priority, b.id);
    case ListOrder::kPriorityReverse:
      return std::tie(b.priority, a.id) < std::tie(a.priority, b.id);
  }
  return false;
}

// What the list must be, by its definition.
std::vector<JobId> Expected(const std::vector<Job>& all, const JobFilter& filter) {
  std::vector<Job> jobs;
  std::ranges::copy_if(all, std::back_inserter(jobs),
                       [&](const Job& job) { return Matches(job, filter); });
  std::ranges::sort(jobs, [&](const Job& a, const Job& b) { return Before(a, b, filter.order); });
  return IdsOf(jobs);
}

std::vector<JobId> AllPages(StoreQueries& store, JobFilter filter) {
  std::vector<JobId> ids;
  do {
    const Result<JobPage> page = store.ListJobs(filter);
    REQUIRE_OK(page);
    CHECK(std::ssize(page->jobs) <= filter.limit);
    CHECK((page->next_cursor.empty() || std::ssize(page->jobs) == filter.limit));
    for (const Job& job : page->jobs) ids.push_back(job.id);
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty());
  return ids;
}

template <typename Kind>
std::vector<Job> InsertMany(World<Kind>& world, int count) {
  CountingRandom random(7);
  std::vector<Job> all;
  world.Turn([&] {
    for (int i = 0; i < count; ++i) {
      const auto priority = static_cast<Priority>(random.Next() % 5);
      const JobState state = kAllJobStates[random.Next() % kAllJobStates.size()];
      Job job = state == JobState::kWaitingApproval
                    ? world.jobs.Waiting(Duration(random.Next() % 1000), priority)
                    : world.jobs.Queued(priority);
      if (state == JobState::kQueued && random.Next() % 2) job.ready_at += Duration(1000);
      if (state == JobState::kRunning) job = Started(job);
      if (state == JobState::kInterrupted) job = Started(job);
      job.state = state;
      if (IsFinal(state) || state == JobState::kDeadLettered) job = Ended(job, state);
      job.entrypoint = "ep" + std::to_string(random.Next() % 3);
      if (random.Next() % 3 == 0) job.correlation_id = "c" + std::to_string(random.Next() % 4);
      REQUIRE_OK(world->InsertJob(job));
      all.push_back(job);
    }
  });
  return all;
}

JobFilter RandomFilter(Random& random) {
  JobFilter filter;
  for (JobState state : kAllJobStates)
    if (random.Next() % 4 == 0) filter.states.push_back(state);
  if (random.Next() % 3 == 0) filter.entrypoint = "ep" + std::to_string(random.Next() % 4);
  if (random.Next() % 3 == 0) filter.priority = static_cast<Priority>(random.Next() % 5);
  if (random.Next() % 4 == 0) filter.correlation_id = "c" + std::to_string(random.Next() % 5);
  if (random.Next() % 4 == 0) filter.expires_before = After(Duration(random.Next() % 1000));
  filter.order = static_cast<ListOrder>(random.Next() % 4);
  filter.limit = 1 + static_cast<int>(random.Next() % 40);
  return filter;
}

}  // namespace

TEST_CASE_TEMPLATE("store: every filter in every order gives what its definition says", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const std::vector<Job> all = InsertMany(world, 400);
  const auto reader = world.Reader();
  CountingRandom random(11);
  for (int i = 0; i < 400; ++i) {
    CAPTURE(i);
    const JobFilter filter = RandomFilter(random);
    const std::vector<JobId> expected = Expected(all, filter);
    CHECK(AllPages(*reader, filter) == expected);
    if (i % 10 == 0) CHECK(AllPages(*world, filter) == expected);
  }
}

TEST_CASE_TEMPLATE("store: an entrypoint with many jobs is listed right in every state", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  std::vector<Job> all;
  world.Turn([&] {
    for (int i = 0; i < 2500; ++i) {
      Job job = world.jobs.Queued(static_cast<Priority>(i % 5));
      if (i % 7 == 0) job = Ended(job, JobState::kFailed);
      if (i % 500 == 0) job.entrypoint = "rare";
      REQUIRE_OK(world->InsertJob(job));
      all.push_back(job);
    }
  });
  for (const char* entrypoint : {"hello", "rare", "none"})
    for (ListOrder order : {ListOrder::kNewest, ListOrder::kOldest, ListOrder::kPriority,
                            ListOrder::kPriorityReverse}) {
      JobFilter filter;
      filter.entrypoint = entrypoint;
      filter.states = {JobState::kFailed};
      filter.order = order;
      CHECK(AllPages(*world, filter) == Expected(all, filter));
    }
}

TEST_CASE_TEMPLATE("store: a page comes with whole jobs", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job job = world.Insert(world.jobs.Waiting(Duration(5)));
  CHECK(world.Value(world->ListJobs({})).jobs == std::vector<Job>{job});
}

TEST_CASE_TEMPLATE("store: inserts between two pages neither repeat nor hide a job", Kind,
                   JOBGATE_STORE_KINDS) {
  for (ListOrder order : {ListOrder::kNewest, ListOrder::kOldest, ListOrder::kPriority,
                          ListOrder::kPriorityReverse}) {
    World<Kind> world;
    std::set<JobId> before;
    for (int i = 0; i < 20; ++i)
      before.insert(world.Insert(world.jobs.Queued(static_cast<Priority>(i % 5))).id);
    JobFilter filter;
    filter.order = order;
    filter.limit = 3;
    std::vector<JobId> seen;
    do {
      const JobPage page = world.Value(world->ListJobs(filter));
      for (const Job& job : page.jobs) seen.push_back(job.id);
      filter.cursor = page.next_cursor;
      if (seen.size() < 40) world.Insert(world.jobs.Queued(static_cast<Priority>(seen.size() % 5)));
    } while (!filter.cursor.empty());
    const std::set<JobId> distinct(seen.begin(), seen.end());
    CHECK(distinct.size() == seen.size());
    CHECK(std::ranges::includes(distinct, before));
  }
}

TEST_CASE_TEMPLATE("store: a cursor of another order, and rubbish, are refused", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  for (int i = 0; i < 3; ++i) world.Insert(world.jobs.Queued());
  JobFilter filter;
  filter.limit = 1;
  const std::string cursor = world.Value(world->ListJobs(filter)).next_cursor;
  REQUIRE(!cursor.empty());
  filter.order = ListOrder::kPriority;
  for (const std::string& bad : {cursor, std::string("x"), std::string("p"), std::string("p9job_1"),
                                 std::string("p2"), std::string("' OR 1=1")}) {
    filter.cursor = bad;
    const Result<JobPage> page = world->ListJobs(filter);
    REQUIRE(!page);
    CHECK(page.error().code == Code::kInvalidArgument);
    CHECK(page.error().fields.at(0).pointer == "/cursor");
  }
}

TEST_CASE_TEMPLATE("store: a limit below one is refused", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  JobFilter filter;
  filter.limit = 0;
  CHECK(world->ListJobs(filter).error().code == Code::kInvalidArgument);
}

}  // namespace jobgate
