// What store/store.h says, as plainly as it can be written: no file, no index, every question a
// look at everything. Shares no code with the stores that are held against it.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace jobgate {

class PlainStore final : public Store {
 public:
  Result<void> Begin() override { return {}; }
  Result<void> Commit() override;
  void Rollback() override { UndoTo(0); }
  Result<void> Savepoint() override;
  Result<void> Release() override { return {}; }
  Result<void> RollbackToSavepoint() override;

  Result<void> InsertJob(const Job& job) override;
  Result<void> UpdateJob(const Job& next, JobState expected, int expected_attempts) override;
  Result<std::optional<Job>> FindActiveDuplicate(std::string_view dedupe_key) override;
  Result<std::optional<IdempotencyRecord>> FindIdempotencyKey(std::string_view key) override;
  Result<void> PutIdempotencyKey(const IdempotencyRecord& record) override;
  Result<void> DropIdempotencyKey(std::string_view key) override;
  Result<int> DropIdempotencyKeys(Time ended_before) override;
  Result<std::vector<Candidate>> Claimable(const ClaimQuery& query) override;
  Result<std::vector<Job>> JobsIn(JobState state, const JobId& after, int limit) override;
  Result<StateTotals> Totals() override;
  Result<EntrypointTotals> TotalsOf(std::string_view entrypoint) override;
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override;
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
  Result<void> PutOutbox(const OutboxMessage& message) override;
  Result<void> DropOutbox(std::string_view id) override;
  Result<std::optional<std::string>> GetSetting(std::string_view key) override;
  Result<void> PutSetting(std::string_view key, std::string_view value) override;
  Result<void> Reopen() override;
  Result<void> Tidy() override { return {}; }
  Result<void> Checkpoint() override { return {}; }

  Result<std::optional<Job>> FindJob(const JobId& id) override;
  Result<JobId> ResolveId(std::string_view prefix) override;
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override;
  Result<StateCounts> Counts(Time expiring_before) override;
  Result<JobPage> ListJobs(const JobFilter& filter) override;
  Result<std::vector<Event>> Events(const EventFilter& filter) override;
  Result<JobPage> ListEnded(const EndedFilter& filter) override;
  Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) override;
  Result<void> DeleteJob(const JobId& id) override;
  Result<std::optional<int64_t>> DropPayloads(const JobId& id, int64_t after_seq,
                                              int limit) override;
  Result<int64_t> LastEventSeq() override { return static_cast<int64_t>(events_.size()); }
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override;
  Result<OutboxCounts> CountOutbox() override;

 private:
  using Undo = std::function<void()>;

  // Jobs that `wanted` says yes to, sorted by `key`.
  template <typename Wanted, typename Key>
  std::vector<Job> Sorted(Wanted wanted, Key key, int limit) const;
  void UndoTo(size_t size);
  bool HasEnded(const JobId& id, Time before) const;

  // Sets `map[key]`, to be undone.
  template <typename Map>
  void Set(Map& map, const typename Map::key_type& key, typename Map::mapped_type value);

  std::map<JobId, Job> jobs_;
  std::map<std::pair<JobId, int>, Attempt> attempts_;
  std::vector<Event> events_;
  std::map<std::string, IdempotencyRecord> keys_;
  std::map<std::string, OutboxMessage> outbox_;
  std::map<std::string, std::string> settings_;
  std::vector<Undo> undo_;
  size_t savepoint_ = 0;
};

}  // namespace jobgate
