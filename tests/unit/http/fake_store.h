// Jobs, attempts and events in memory, with the reader's view on them.
#pragma once
#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.h"

namespace jobgate {

class FakeStore {
 public:
  void Put(Job job) {
    std::lock_guard lock(mutex_);
    jobs_[job.id] = std::move(job);
  }
  void Put(Attempt attempt) {
    std::lock_guard lock(mutex_);
    auto& list = attempts_[attempt.job_id];
    std::erase_if(list, [&](const Attempt& other) { return other.number == attempt.number; });
    list.push_back(std::move(attempt));
  }
  void Put(OutboxMessage message) {
    std::lock_guard lock(mutex_);
    outbox_[message.id] = std::move(message);
  }
  int64_t Append(const std::string& type, std::optional<JobId> job_id, std::string payload = "{}") {
    std::lock_guard lock(mutex_);
    Event event;
    event.seq = static_cast<int64_t>(events_.size()) + 1;
    event.at = FromUnixMs(1'700'000'000'000 + event.seq);
    event.type = type;
    event.job_id = std::move(job_id);
    event.payload = std::move(payload);
    events_.push_back(event);
    return event.seq;
  }
  void Break(bool broken) {
    std::lock_guard lock(mutex_);
    broken_ = broken;
  }

 private:
  friend class FakeReader;
  std::mutex mutex_;
  bool broken_ = false;
  std::map<JobId, Job> jobs_;
  std::map<JobId, std::vector<Attempt>> attempts_;
  std::vector<Event> events_;
  std::map<std::string, OutboxMessage> outbox_;
};

class FakeReader final : public StoreReader {
 public:
  explicit FakeReader(FakeStore& store) : store_(store) {}

  Result<std::optional<Job>> FindJob(const JobId& id) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    auto it = store_.jobs_.find(id);
    return it == store_.jobs_.end() ? std::optional<Job>() : it->second;
  }
  Result<JobId> ResolveId(std::string_view prefix) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    JobId found;
    for (const auto& [id, job] : store_.jobs_) {
      if (!id.starts_with(prefix)) continue;
      if (!found.empty()) return Fail(Code::kInvalidArgument, "several jobs match");
      found = id;
    }
    if (found.empty()) return Fail(Code::kNotFound, "no job matches");
    return found;
  }
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override {
    std::lock_guard lock(store_.mutex_);
    return store_.attempts_[id];
  }
  Result<std::vector<Attempt>> FailedAttempts(Time from, int) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    std::vector<Attempt> failed;
    for (const auto& [id, attempts] : store_.attempts_)
      for (const Attempt& attempt : attempts)
        if (attempt.ended_at >= from && attempt.outcome == "failed") failed.push_back(attempt);
    return failed;
  }
  Result<StateCounts> Counts(Time) override { return StateCounts{}; }
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override { return {}; }
  Result<JobPage> ListJobs(const JobFilter& filter) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    JobPage page;
    for (const auto& [id, job] : store_.jobs_) {
      const bool wanted = filter.states.empty() ||
                          std::ranges::find(filter.states, job.state) != filter.states.end();
      if (!wanted || id <= filter.cursor) continue;
      if (static_cast<int>(page.jobs.size()) == filter.limit) {
        page.next_cursor = page.jobs.back().id;
        break;
      }
      page.jobs.push_back(job);
    }
    return page;
  }
  Result<JobPage> ListEnded(const EndedFilter& filter) override {
    JobFilter same;
    same.states = filter.states;
    same.limit = filter.limit;
    same.cursor = filter.cursor;
    return ListJobs(same);
  }
  Result<std::vector<Event>> Events(const EventFilter& filter) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    std::vector<Event> page;
    for (const Event& event : store_.events_) {
      if (event.seq <= filter.after_seq) continue;
      if (filter.job_id && event.job_id != filter.job_id) continue;
      if (static_cast<int>(page.size()) == filter.limit) break;
      page.push_back(event);
    }
    return page;
  }
  Result<int64_t> LastEventSeq() override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    return static_cast<int64_t>(store_.events_.size());
  }
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    std::vector<OutboxMessage> found;
    for (const auto& [id, message] : store_.outbox_)
      if (message.parked.has_value() == parked && id > after && std::ssize(found) < limit)
        found.push_back(message);
    return found;
  }
  Result<OutboxCounts> CountOutbox() override {
    std::lock_guard lock(store_.mutex_);
    if (store_.broken_) return Broken();
    OutboxCounts counts;
    for (const auto& [id, message] : store_.outbox_)
      ++(message.parked ? counts.parked : counts.pending);
    return counts;
  }

 private:
  static tl::unexpected<Error> Broken() { return Fail(Code::kStoreFault, "the disk is gone"); }
  FakeStore& store_;
};

}  // namespace jobgate
