#include <algorithm>
#include <map>

#include "tests/conformance/world.h"

namespace jobgate {
namespace {

// A seeded sequence of everything that happens to jobs, beside a model of it.
template <typename Kind>
class History {
 public:
  explicit History(uint64_t seed) : random_(seed) {}

  void RunTurn() {
    const std::map<JobId, Job> before = model_;
    const int64_t events_before = events_;
    now_ += Duration(random_.Next() % 100);
    REQUIRE_OK(world_->Begin());
    for (uint64_t commands = random_.Next() % 6; commands > 0; --commands) RunCommand();
    if (random_.Next() % 5 == 0) {
      world_->Rollback();
      model_ = before;
      events_ = events_before;
    } else {
      REQUIRE_OK(world_->Commit());
    }
    if (random_.Next() % 40 == 0) world_.Restart();
    if (random_.Next() % 40 == 0) world_.Crash();
  }

  void CheckAgainstModel() {
    const auto reader = world_.Reader();
    CheckCounts(World<Kind>::Value(reader->Counts(After(Duration(2000)))));
    CheckCounts(world_.Value(world_->Counts(After(Duration(2000)))));
    JobFilter all;
    all.limit = 10'000;
    all.order = ListOrder::kOldest;
    const std::vector<Job> jobs = World<Kind>::Value(reader->ListJobs(all)).jobs;
    REQUIRE(jobs.size() == model_.size());
    for (const Job& job : jobs) CHECK(job == model_.at(job.id));
    const std::vector<Event> events =
        World<Kind>::Value(reader->Events({0, std::nullopt, 100'000}));
    REQUIRE(std::ssize(events) == events_);
    for (int64_t i = 0; i < events_; ++i) CHECK(events[static_cast<size_t>(i)].seq == i + 1);
    CheckClaimable();
  }

 private:
  void RunCommand() {
    const std::map<JobId, Job> before = model_;
    const int64_t events_before = events_;
    REQUIRE_OK(world_->Savepoint());
    Move();
    Event event = EventOf("job:moved");
    REQUIRE_OK(world_->AppendEvent(event));
    CHECK(event.seq == ++events_);
    if (random_.Next() % 6 == 0) {
      REQUIRE_OK(world_->RollbackToSavepoint());
      model_ = before;
      events_ = events_before;
    } else {
      REQUIRE_OK(world_->Release());
    }
  }

  void Move() {
    if (model_.empty() || random_.Next() % 3 == 0) return Submit();
    auto it = model_.begin();
    std::advance(it, static_cast<long>(random_.Next() % model_.size()));
    const Job before = it->second;
    const std::optional<Job> next = Next(before);
    if (!next) return;
    REQUIRE_OK(world_->UpdateJob(*next, before.state, before.attempts));
    it->second = *next;
  }

  void Submit() {
    const auto priority = static_cast<Priority>(random_.Next() % 5);
    const Duration wait(random_.Next() % 3000);
    Job job = random_.Next() % 4 == 0   ? world_.jobs.Waiting(wait, priority)
              : random_.Next() % 2 == 0 ? world_.jobs.Delayed(wait, priority)
                                        : world_.jobs.Queued(priority);
    if (random_.Next() % 3 == 0) job.entrypoint = "deploy";
    REQUIRE_OK(world_->InsertJob(job));
    model_.emplace(job.id, job);
  }

  std::optional<Job> Next(const Job& before) {
    Job next = before;
    next.updated_at = now_;
    switch (before.state) {
      case JobState::kQueued:
        if (random_.Next() % 3 == 0) {
          next.priority = static_cast<Priority>(random_.Next() % 5);
          return next;
        }
        next.approval_expires_at.reset();
        return Started(next, now_);
      case JobState::kRunning:
        if (random_.Next() % 3 == 0) {
          next.state = JobState::kQueued;
          next.ready_at = now_ + Duration(random_.Next() % 500);
          return next;
        }
        if (random_.Next() % 3 == 0) {
          next.state = JobState::kInterrupted;
          return next;
        }
        return Ended(next, random_.Next() % 2 ? JobState::kSucceeded : JobState::kDeadLettered,
                     now_);
      case JobState::kWaitingApproval:
        if (random_.Next() % 3 == 0) return Ended(next, JobState::kCanceled, now_);
        next.state = JobState::kQueued;
        next.ready_at = now_;
        return next;
      case JobState::kInterrupted:
        next.state = JobState::kQueued;
        next.ready_at = now_;
        return next;
      case JobState::kDeadLettered:
        next.state = JobState::kFailed;
        return next;
      default:
        return std::nullopt;
    }
  }

  void CheckCounts(const StateCounts& counts) {
    std::map<JobState, int64_t> by_state;
    std::map<Priority, int64_t> queued;
    std::optional<Time> oldest;
    int64_t expiring = 0;
    for (const auto& [id, job] : model_) {
      ++by_state[job.state];
      if (job.state == JobState::kWaitingApproval &&
          *job.approval_expires_at < After(Duration(2000)))
        ++expiring;
      if (job.state != JobState::kQueued) continue;
      ++queued[job.priority];
      oldest = std::min(oldest.value_or(job.ready_at), job.ready_at);
    }
    CHECK(counts.by_state == by_state);
    CHECK(counts.queued_by_priority == queued);
    CHECK(counts.oldest_ready_at == oldest);
    CHECK(counts.expiring_soon == expiring);
    CHECK(counts.Total() == std::ssize(model_));
  }

  void CheckClaimable() {
    std::vector<Candidate> all, open;
    std::map<std::string, EntrypointTotals> totals;
    for (const auto& [id, job] : model_) {
      if (job.state == JobState::kQueued) ++totals[job.entrypoint].queued;
      if (job.state == JobState::kRunning) ++totals[job.entrypoint].running;
      if (job.state != JobState::kQueued || job.ready_at > now_) continue;
      all.push_back({job.id, job.entrypoint, job.priority, job.ready_at});
      if (job.entrypoint != "deploy") open.push_back(all.back());
    }
    std::ranges::stable_sort(all, {}, &Candidate::priority);
    std::ranges::stable_sort(open, {}, &Candidate::priority);
    constexpr auto kLeast = Priority::kBackground;
    REQUIRE_OK(world_->Begin());
    CHECK(world_.Value(world_->Claimable({now_, kLeast, {}, 10'000})) == all);
    CHECK(world_.Value(world_->Claimable({now_, kLeast, {"nosuch"}, 10'000})) == all);
    CHECK(world_.Value(world_->Claimable({now_, kLeast, {"deploy"}, 10'000})) == open);
    REQUIRE_OK(world_->Commit());
    CHECK(world_.Value(world_->TotalsByEntrypoint()) == totals);
  }

  CountingRandom random_;
  World<Kind> world_;
  std::map<JobId, Job> model_;
  int64_t events_ = 0;
  Time now_ = kSampleTime;
};

}  // namespace

TEST_CASE_TEMPLATE("store: after any sequence it agrees with a model in memory", Kind,
                   JOBGATE_STORE_KINDS) {
  for (uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    History<Kind> history(seed);
    for (int i = 0; i < 300; ++i) {
      history.RunTurn();
      if (i % 30 == 0) history.CheckAgainstModel();
    }
    history.CheckAgainstModel();
  }
}

}  // namespace jobgate
