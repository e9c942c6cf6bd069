// A Store whose calls fail when told to, as a full or broken disk makes them fail. Wraps any
// Store; owned by the thread that owns the wrapped one.
//
// A failing call inside a turn drops the turn, and the turn's other calls fail too until Rollback
// or Commit ends it. After a failed Commit everything fails until Reopen. This is what
// store/sqlite/sqlite_store.h promises.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/store.h"

namespace jobgate {

class FaultyStore final : public Store {
 public:
  enum class When {
    kBefore,  // the call does nothing
    kAfter,   // the call is done, only its answer is lost
  };

  explicit FaultyStore(Store& real) : real_(real) {}

  // Calls so far; Rollback is not counted, since it cannot fail.
  int64_t calls() const { return calls_; }
  // The `nth` call from now on fails, 1 being the next one.
  void FailCall(int64_t nth, When when) { call_ = Plan{calls_ + nth, when}; }
  // The same for commits alone.
  void FailCommit(int64_t nth, When when) { commit_ = Plan{commits_ + nth, when}; }
  // While broken, every call fails, Reopen included.
  void SetBroken(bool broken) { broken_ = broken; }

  Result<std::optional<Job>> FindJob(const JobId& id) override {
    return Call([&] { return real_.FindJob(id); });
  }
  Result<JobId> ResolveId(std::string_view prefix) override {
    return Call([&] { return real_.ResolveId(prefix); });
  }
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override {
    return Call([&] { return real_.AttemptsOf(id); });
  }
  Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) override {
    return Call([&] { return real_.FailedAttempts(from, limit); });
  }
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override {
    return Call([&] { return real_.TotalsByEntrypoint(); });
  }
  Result<StateCounts> Counts(Time expiring_before) override {
    return Call([&] { return real_.Counts(expiring_before); });
  }
  Result<JobPage> ListJobs(const JobFilter& filter) override {
    return Call([&] { return real_.ListJobs(filter); });
  }
  Result<JobPage> ListEnded(const EndedFilter& filter) override {
    return Call([&] { return real_.ListEnded(filter); });
  }
  Result<std::vector<Event>> Events(const EventFilter& filter) override {
    return Call([&] { return real_.Events(filter); });
  }
  Result<int64_t> LastEventSeq() override {
    return Call([&] { return real_.LastEventSeq(); });
  }
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override {
    return Call([&] { return real_.Outbox(parked, after, limit); });
  }
  Result<OutboxCounts> CountOutbox() override {
    return Call([&] { return real_.CountOutbox(); });
  }

  Result<void> Begin() override {
    Result<void> begun = Call([&] { return real_.Begin(); });
    if (begun)
      in_turn_ = true;
    else
      real_.Rollback();  // where it began and the answer was lost
    return begun;
  }

  Result<void> Commit() override {
    ++commits_;
    const bool dropped = in_turn_ && fault_;
    if (!dropped && commit_ && commit_->at == commits_) call_ = Plan{calls_ + 1, commit_->when};
    Result<void> committed = Call([&] { return real_.Commit(); });
    in_turn_ = false;
    if (dropped) {
      fault_.reset();
    } else if (!committed) {
      real_.Rollback();
      fault_ = committed.error();
    }
    return committed;
  }

  void Rollback() override {
    real_.Rollback();
    if (in_turn_) fault_.reset();
    in_turn_ = false;
  }

  Result<void> Savepoint() override {
    return Call([&] { return real_.Savepoint(); });
  }
  Result<void> Release() override {
    return Call([&] { return real_.Release(); });
  }
  Result<void> RollbackToSavepoint() override {
    return Call([&] { return real_.RollbackToSavepoint(); });
  }

  Result<void> InsertJob(const Job& job) override {
    return Call([&] { return real_.InsertJob(job); });
  }
  Result<void> UpdateJob(const Job& next, JobState expected, int expected_attempts) override {
    return Call([&] { return real_.UpdateJob(next, expected, expected_attempts); });
  }
  Result<std::optional<Job>> FindActiveDuplicate(std::string_view dedupe_key) override {
    return Call([&] { return real_.FindActiveDuplicate(dedupe_key); });
  }
  Result<std::optional<IdempotencyRecord>> FindIdempotencyKey(std::string_view key) override {
    return Call([&] { return real_.FindIdempotencyKey(key); });
  }
  Result<void> PutIdempotencyKey(const IdempotencyRecord& record) override {
    return Call([&] { return real_.PutIdempotencyKey(record); });
  }
  Result<void> DropIdempotencyKey(std::string_view key) override {
    return Call([&] { return real_.DropIdempotencyKey(key); });
  }
  Result<int> DropIdempotencyKeys(Time ended_before) override {
    return Call([&] { return real_.DropIdempotencyKeys(ended_before); });
  }

  Result<void> DeleteJob(const JobId& id) override {
    return Call([&] { return real_.DeleteJob(id); });
  }
  Result<std::optional<int64_t>> DropPayloads(const JobId& id, int64_t after_seq,
                                              int limit) override {
    return Call([&] { return real_.DropPayloads(id, after_seq, limit); });
  }
  Result<std::vector<Candidate>> Claimable(const ClaimQuery& query) override {
    return Call([&] { return real_.Claimable(query); });
  }
  Result<std::vector<Job>> JobsIn(JobState state, const JobId& after, int limit) override {
    return Call([&] { return real_.JobsIn(state, after, limit); });
  }
  Result<EntrypointTotals> TotalsOf(std::string_view entrypoint) override {
    return Call([&] { return real_.TotalsOf(entrypoint); });
  }
  Result<StateTotals> Totals() override {
    return Call([&] { return real_.Totals(); });
  }
  Result<std::vector<Job>> ExpiriesDue(Time now, int limit) override {
    return Call([&] { return real_.ExpiriesDue(now, limit); });
  }
  Result<std::vector<Job>> WarningsDue(Time now, int limit) override {
    return Call([&] { return real_.WarningsDue(now, limit); });
  }
  Result<std::optional<Time>> NextReadyAt(Time now) override {
    return Call([&] { return real_.NextReadyAt(now); });
  }
  Result<std::optional<Time>> NextExpiryOrWarning(Time now) override {
    return Call([&] { return real_.NextExpiryOrWarning(now); });
  }
  Result<std::vector<Job>> ActiveJobsOfIssue(int64_t issue_id) override {
    return Call([&] { return real_.ActiveJobsOfIssue(issue_id); });
  }
  Result<std::set<int64_t>> ActiveIssues() override {
    return Call([&] { return real_.ActiveIssues(); });
  }

  Result<void> InsertAttempt(const Attempt& attempt) override {
    return Call([&] { return real_.InsertAttempt(attempt); });
  }
  Result<void> FinishAttempt(const Attempt& attempt) override {
    return Call([&] { return real_.FinishAttempt(attempt); });
  }
  Result<std::vector<std::string>> LastOutcomes(int limit) override {
    return Call([&] { return real_.LastOutcomes(limit); });
  }

  Result<void> AppendEvent(Event& event) override {
    return Call([&] { return real_.AppendEvent(event); });
  }
  Result<void> InsertEvent(const Event& event) override {
    return Call([&] { return real_.InsertEvent(event); });
  }

  Result<void> PutOutbox(const OutboxMessage& message) override {
    return Call([&] { return real_.PutOutbox(message); });
  }
  Result<void> DropOutbox(std::string_view id) override {
    return Call([&] { return real_.DropOutbox(id); });
  }

  Result<std::optional<std::string>> GetSetting(std::string_view key) override {
    return Call([&] { return real_.GetSetting(key); });
  }
  Result<void> PutSetting(std::string_view key, std::string_view value) override {
    return Call([&] { return real_.PutSetting(key, value); });
  }

  Result<void> Reopen() override {
    Rollback();
    fault_.reset();
    Result<void> opened = Call([&] { return real_.Reopen(); });
    if (!opened) fault_ = opened.error();
    return opened;
  }
  Result<void> Tidy() override {
    return Call([&] { return real_.Tidy(); });
  }
  Result<void> Checkpoint() override {
    return Call([&] { return real_.Checkpoint(); });
  }

 private:
  struct Plan {
    int64_t at;
    When when;
  };

  template <typename Fn>
  std::invoke_result_t<Fn> Call(Fn fn) {
    ++calls_;
    if (fault_) return Fail(*fault_);
    const bool planned = call_ && call_->at == calls_;
    if (!broken_ && !planned) return fn();
    if (!broken_ && call_->when == When::kAfter) static_cast<void>(fn());
    Error error{Code::kStoreFault, "injected fault of call " + std::to_string(calls_)};
    if (in_turn_) {
      real_.Rollback();  // without effect where the call was a commit that was done
      fault_ = error;
    }
    return Fail(std::move(error));
  }

  Store& real_;
  int64_t calls_ = 0;
  int64_t commits_ = 0;
  std::optional<Plan> call_;
  std::optional<Plan> commit_;
  bool broken_ = false;
  bool in_turn_ = false;
  std::optional<Error> fault_;
};

}  // namespace jobgate
