// What goes, in which order, and what stays, whatever fails in between.
#include "src/retention/sweep.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace jobgate {
namespace {

using std::chrono::hours;

const Time kNow = FromUnixMs(1'767'225'600'000);

// A history in memory that answers as engine and store do.
class FakeHistory final : public RunFolders {
 public:
  struct Entry {
    Time ended_at;
    int64_t bytes = 0;
    int steps = 0;  // answers that say "go on" before the job is gone
    JobState state = JobState::kSucceeded;
  };

  FakeHistory() {
    config.history.retention = hours(24);
    config.history.jobs_max = 100;
    config.history.log_bytes_max = 1'000'000;
  }

  void Add(const JobId& id, Duration age, int64_t bytes = 0, int steps = 0) {
    jobs[id] = {kNow - age, bytes, steps};
  }
  std::set<JobId> Ids() const {
    std::set<JobId> ids;
    for (const auto& [id, entry] : jobs) ids.insert(id);
    return ids;
  }

  SweepResult Run(SweepOptions options = {true, true}) {
    const SweepWorld world{[this] { return Snapshot(); },
                           [this](const EndedFilter& filter) { return List(filter); },
                           [this](const std::vector<ForgetJob>& all) { return Forget(all); },
                           [this] { return steps_left-- > 0; },
                           [] {},
                           *this};
    return Sweep(world, std::chrono::minutes(10)).Run(options);
  }

  int64_t TotalBytes(const std::function<bool()>&) override {
    int64_t total = 0;
    for (const auto& [id, entry] : jobs) total += entry.bytes;
    return total;
  }
  int64_t BytesOf(const JobId& id) override { return jobs[id].bytes; }
  Result<void> Remove(const JobId& id) override {
    if (unremovable == id) return Fail(Code::kInternal, "cannot remove " + id);
    trace.push_back("remove " + id);
    jobs[id].bytes = 0;
    return {};
  }
  Result<void> Empty(const JobId& id) override {
    if (unremovable == id) return Fail(Code::kInternal, "cannot empty " + id);
    jobs[id].bytes = 0;
    return {};
  }

  Config config;
  Duration uptime = hours(1);
  std::map<JobId, Entry> jobs;
  std::vector<std::string> trace;
  JobId unremovable;
  JobId in_use;  // has a key
  int steps_left = 10'000;

 private:
  Result<EngineSnapshot> Snapshot() {
    EngineSnapshot snapshot;
    snapshot.taken_at = kNow;
    snapshot.uptime = uptime;
    snapshot.config = std::make_shared<Config>(config);
    snapshot.counts.emplace();
    snapshot.counts->by_state[JobState::kSucceeded] = static_cast<int64_t>(jobs.size());
    return snapshot;
  }
  Result<JobPage> List(const EndedFilter& filter) {
    std::vector<std::pair<Time, JobId>> order;
    for (const auto& [id, entry] : jobs)
      if (std::ranges::count(filter.states, entry.state) > 0 &&
          (!filter.ended_before || entry.ended_at < *filter.ended_before))
        if (!(filter.without_key && id == in_use)) order.emplace_back(entry.ended_at, id);
    std::ranges::sort(order);
    JobPage page;
    for (const auto& [at, id] : order) {
      if (!filter.cursor.empty() && std::pair(at, id) <= cursors_[filter.cursor]) continue;
      if (std::ssize(page.jobs) == filter.limit) {
        page.next_cursor = "c" + std::to_string(cursors_.size());
        cursors_[page.next_cursor] = {*page.jobs.back().finished_at, page.jobs.back().id};
        break;
      }
      Job job;
      job.id = id;
      job.state = JobState::kSucceeded;
      job.finished_at = at;
      page.jobs.push_back(std::move(job));
    }
    return page;
  }
  std::vector<Result<Reply>> Forget(const std::vector<ForgetJob>& all) {
    std::vector<Result<Reply>> replies;
    for (const ForgetJob& one : all) {
      trace.push_back("forget " + one.id);
      if (one.id == in_use) {
        replies.emplace_back(Fail(Code::kConflict, "in use"));
      } else if (jobs[one.id].steps > one.after_seq) {
        replies.emplace_back(Reply(ForgetReply{one.after_seq + 1}));
      } else {
        jobs.erase(one.id);
        replies.emplace_back(Reply(ForgetReply{}));
      }
    }
    return replies;
  }

  std::map<std::string, std::pair<Time, JobId>> cursors_;
};

}  // namespace

TEST_CASE("sweep: what ended before the retention goes, and nothing else") {
  FakeHistory history;
  history.Add("job_A", hours(25));
  history.Add("job_B", hours(23));
  CHECK(history.Run().forgotten == 1);
  CHECK(history.Ids() == std::set<JobId>{"job_B"});
}

TEST_CASE("sweep: a job's folder goes before its row") {
  FakeHistory history;
  history.Add("job_A", hours(25), 10);
  history.Run();
  CHECK(history.trace == std::vector<std::string>{"remove job_A", "forget job_A"});
}

TEST_CASE("sweep: a folder that cannot be removed keeps its job, and is told") {
  FakeHistory history;
  history.Add("job_A", hours(26), 10);
  history.Add("job_B", hours(25), 10);
  history.unremovable = "job_A";
  const SweepResult result = history.Run();
  CHECK(result.forgotten == 1);
  CHECK(result.problems.front() == "cannot remove job_A");
  CHECK(history.Ids() == std::set<JobId>{"job_A"});
}

TEST_CASE("sweep: a job whose events take several steps is forgotten in as many") {
  FakeHistory history;
  history.Add("job_A", hours(25), 0, 3);
  CHECK(history.Run().forgotten == 1);
  CHECK(std::ranges::count(history.trace, "forget job_A") == 4);
}

TEST_CASE("sweep: beyond the number of jobs those that ended first go") {
  FakeHistory history;
  history.config.history.jobs_max = 60;
  for (int i = 0; i < 100; ++i)
    history.Add("job_" + std::to_string(1000 + i), std::chrono::minutes(i));
  CHECK(history.Run().forgotten == 40);
  CHECK(history.jobs.size() == 60);
  CHECK(history.jobs.contains("job_1059"));
  CHECK(!history.jobs.contains("job_1060"));
}

TEST_CASE("sweep: a job with a key in use is passed over, and keeps its logs") {
  FakeHistory history;
  history.Add("job_A", hours(27), 10);
  history.Add("job_B", hours(26), 10);
  history.in_use = "job_A";
  CHECK(history.Run().forgotten == 1);
  CHECK(history.jobs["job_A"].bytes == 10);
}

TEST_CASE("sweep: until the clock has settled nothing goes for its age, unless a person asks") {
  FakeHistory history;
  history.uptime = std::chrono::minutes(1);
  history.config.history.jobs_max = 1;
  history.Add("job_A", hours(50));
  history.Add("job_B", hours(49));
  CHECK(history.Run({false, true}).forgotten == 1);
  CHECK(history.Ids() == std::set<JobId>{"job_B"});
  CHECK(history.Run({true, true}).forgotten == 1);
}

TEST_CASE("sweep: once the clock has settled what is past the retention goes by itself") {
  FakeHistory history;
  history.uptime = std::chrono::minutes(10);
  history.Add("job_A", hours(25));
  history.Add("job_B", hours(23));
  CHECK(history.Run({false, false}).forgotten == 1);
  CHECK(history.Ids() == std::set<JobId>{"job_B"});
}

TEST_CASE("sweep: beyond their bytes the logs of those that ended first go, and the jobs stay") {
  FakeHistory history;
  history.config.history.log_bytes_max = 100;
  history.Add("job_A", hours(3), 60);
  history.Add("job_B", hours(2), 60);
  history.Add("job_C", hours(1), 60);
  const SweepResult result = history.Run();
  CHECK(result.logs_removed == 2);
  CHECK(result.bytes_removed == 120);
  CHECK(result.forgotten == 0);
  CHECK(history.jobs["job_C"].bytes == 60);
  CHECK(history.Ids().size() == 3);
  CHECK(history.Run({false, false}).logs_removed == 0);
}

TEST_CASE("sweep: logs of dead-lettered jobs and of those with a key count and go as all others") {
  FakeHistory history;
  history.config.history.log_bytes_max = 100;
  history.Add("job_A", hours(3), 60);
  history.Add("job_B", hours(2), 60);
  history.Add("job_C", hours(1), 60);
  history.jobs["job_A"].state = JobState::kDeadLettered;
  history.in_use = "job_B";
  const SweepResult result = history.Run();
  CHECK(result.logs_removed == 2);
  CHECK(result.bytes_over == 0);
  CHECK(history.jobs["job_A"].bytes == 0);
  CHECK(history.jobs["job_B"].bytes == 0);
  CHECK(history.Ids().size() == 3);
}

TEST_CASE("sweep: what jobs that have not ended hold beyond the bound is told") {
  FakeHistory history;
  history.config.history.log_bytes_max = 100;
  history.Add("job_A", hours(3), 60);
  history.Add("job_B", hours(2), 160);
  history.jobs["job_B"].state = JobState::kRunning;
  const SweepResult result = history.Run();
  CHECK(result.logs_removed == 1);
  CHECK(result.bytes_over == 60);
  CHECK(history.jobs["job_B"].bytes == 160);
}

TEST_CASE("sweep: it ends where the daemon stops, and a later one finds the rest") {
  FakeHistory history;
  for (int i = 0; i < 100; ++i) history.Add("job_" + std::to_string(1000 + i), hours(30));
  history.steps_left = 4;
  const int64_t first = history.Run().forgotten;
  CHECK(first > 0);
  CHECK(first < 100);
  history.steps_left = 10'000;
  CHECK(history.Run().forgotten == 100 - first);
}

}  // namespace jobgate
