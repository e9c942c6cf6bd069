// A real store with a hand on it: calls that fail, commits whose outcome is unknown, and
// crashes at any call. Behaves under a fault as store/store.h says.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/plant.h"

namespace jobgate::sim {

enum class CommitFault { kNone, kLost, kDurable, kCrashBefore, kCrashAfter };

// What goes wrong; each happens once. Calls are counted from when the faults are set.
struct StoreFaults {
  int64_t failing_call = -1;
  int64_t crashing_call = -1;
  CommitFault commit = CommitFault::kNone;
  int failing_reopens = 0;
};

class SimStore final : public Store {
 public:
  SimStore(std::unique_ptr<Store> inner, Dice& dice, Plant plant);

  // Before a turn: what goes wrong in it.
  void Arm(const StoreFaults& faults) {
    faults_ = faults;
    commits_ = 0;
    commit_failed_ = false;
    is_durable_ = false;
  }
  // After a turn: what has not gone wrong yet does not any more.
  void Disarm() { faults_ = {}; }
  // Since Arm.
  int commits() const { return commits_; }
  bool commit_failed() const { return commit_failed_; }
  // Whether the last transaction since Arm lasts, whatever was reported of its commit.
  bool is_durable() const { return is_durable_; }
  // Faults that were met so far.
  int64_t faults_met() const { return faults_met_; }
  // What is durable, past every fault. Not inside a turn.
  Store& inner() { return *inner_; }
  // What a kill leaves of a store that has no files.
  std::unique_ptr<Store> TakeInner() {
    inner_->Rollback();
    return std::move(inner_);
  }

  Result<std::optional<Job>> FindJob(const JobId& id) override;
  Result<JobId> ResolveId(std::string_view prefix) override;
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override;
  Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) override;
  Result<StateCounts> Counts(Time expiring_before) override;
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override;
  Result<JobPage> ListJobs(const JobFilter& filter) override;
  Result<JobPage> ListEnded(const EndedFilter& filter) override;
  Result<std::vector<Event>> Events(const EventFilter& filter) override;
  Result<int64_t> LastEventSeq() override;
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override;
  Result<OutboxCounts> CountOutbox() override;

  Result<void> Begin() override;
  Result<void> Commit() override;
  void Rollback() override;
  Result<void> Savepoint() override;
  Result<void> Release() override;
  Result<void> RollbackToSavepoint() override;

  Result<void> InsertJob(const Job& job) override;
  Result<void> UpdateJob(const Job& next, JobState expected, int expected_attempts) override;
  Result<std::optional<Job>> FindActiveDuplicate(std::string_view dedupe_key) override;
  Result<std::optional<IdempotencyRecord>> FindIdempotencyKey(std::string_view key) override;
  Result<void> PutIdempotencyKey(const IdempotencyRecord& record) override;
  Result<void> DropIdempotencyKey(std::string_view key) override;
  Result<int> DropIdempotencyKeys(Time ended_before) override;
  Result<void> DeleteJob(const JobId& id) override;

  Result<std::vector<Candidate>> Claimable(const ClaimQuery& query) override;
  Result<std::vector<Job>> JobsIn(JobState state, const JobId& after, int limit) override;
  Result<StateTotals> Totals() override;
  Result<EntrypointTotals> TotalsOf(std::string_view entrypoint) override;
  Result<std::vector<Job>> ExpiriesDue(Time now, int limit) override;
  Result<std::vector<Job>> WarningsDue(Time now, int limit) override;
  Result<std::optional<Time>> NextReadyAt(Time now) override;
  Result<std::optional<Time>> NextExpiryOrWarning(Time now) override;
  Result<std::vector<Job>> ActiveJobsOfIssue(int64_t issue_id) override;
  Result<std::set<int64_t>> ActiveIssues() override;

  Result<void> InsertAttempt(const Attempt& attempt) override;
  Result<void> FinishAttempt(const Attempt& attempt) override;
  Result<std::vector<std::string>> LastOutcomes(int limit) override;
  Result<void> AppendEvent(Event& event) override;
  Result<void> InsertEvent(const Event& event) override;
  Result<std::optional<int64_t>> DropPayloads(const JobId& id, int64_t after_seq,
                                              int limit) override;
  Result<void> PutOutbox(const OutboxMessage& message) override;
  Result<void> DropOutbox(std::string_view id) override;
  Result<std::optional<std::string>> GetSetting(std::string_view key) override;
  Result<void> PutSetting(std::string_view key, std::string_view value) override;
  Result<void> Reopen() override;
  Result<void> Tidy() override;
  Result<void> Checkpoint() override;

 private:
  // The error this call meets, if any; throws Crash where the daemon dies in it.
  std::optional<Error> Meet();
  tl::unexpected<Error> Faulty(std::string message);
  Result<void> CommitInner();

  template <typename Call>
  auto Through(Call call) -> decltype(call()) {
    if (auto error = Meet()) return tl::unexpected<Error>(std::move(*error));
    return call();
  }

  std::unique_ptr<Store> inner_;
  Dice& dice_;
  const Plant plant_;
  StoreFaults faults_;
  int64_t faults_met_ = 0;
  int commits_ = 0;  // that were reported as done
  bool commit_failed_ = false;
  bool is_durable_ = false;
  bool in_turn_ = false;
  bool late_commit_ = false;          // kLateCommit: the turn before is still open
  std::optional<Error> fault_;        // everything fails with it …
  bool until_the_turn_ends_ = false;  // … until then, or until Reopen
};

}  // namespace jobgate::sim
