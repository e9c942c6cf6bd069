// The store in text files: an append-only log of turns, one JSON object a line, that `tail` and
// `jq` read as it is. docs/store-format.md describes the files. For up to 100,000 jobs of history:
// jobs and attempts are held in memory.
//
// A turn works on a View of its own (view.h), so that a savepoint is a copy and a rollback an
// assignment; Commit appends one line and syncs it once, a turn without ops neither. A log that
// has grown is sealed, and sealed logs are folded into a snapshot on a thread of their own.
//
// Faults as in store/sqlite/sqlite_store.h: what fails inside a turn fails the whole turn until
// Rollback or Commit ends it; a fault of Commit is sticky, everything but the readers fails with it
// until Reopen succeeds. A fold that fails is told of by Tidy and tried again later: what it would
// have made is still in the logs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/jsonl/folding.h"
#include "store/jsonl/ops.h"
#include "store/jsonl/queries.h"
#include "store/jsonl/recovery.h"
#include "store/store.h"

namespace jobgate {

struct JsonlOptions {
  int64_t seal_bytes = 16 << 20;      // at which a commit seals the log …
  int64_t idle_seal_bytes = 4 << 20;  // … or Tidy does, while nothing else is to be done
  // Sealed logs are folded from this many bytes on, and from a third of the snapshot's: writing
  // the history again costs no more than a few times what is written anyway.
  int64_t fold_bytes = 8 << 20;
  bool fold_apart = true;  // on a thread; otherwise within the call
};

class JsonlStore final : public jsonl::Queries<Store> {
 public:
  // Not open until Reopen succeeded; see OpenJsonlStore.
  JsonlStore(std::shared_ptr<jsonl::LogFiles> files, std::string path, JsonlOptions options);
  ~JsonlStore() override;

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

  Result<std::vector<Event>> Events(const EventFilter& filter) override;
  Result<void> AppendEvent(Event& event) override;
  Result<void> InsertEvent(const Event& event) override;

  Result<void> DeleteJob(const JobId& id) override;
  Result<std::optional<int64_t>> DropPayloads(const JobId& id, int64_t after_seq,
                                              int limit) override;

  Result<void> PutOutbox(const OutboxMessage& message) override;
  Result<void> DropOutbox(std::string_view id) override;

  Result<std::optional<std::string>> GetSetting(std::string_view key) override;
  Result<void> PutSetting(std::string_view key, std::string_view value) override;

  Result<void> Reopen() override;
  Result<void> Tidy() override;
  Result<void> Checkpoint() override;

  // What the last Reopen set right.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Sees what was committed, from any one thread; may outlive the store.
  std::unique_ptr<StoreReader> NewReader();
  // The newest committed state, for any thread; may outlive the store.
  std::shared_ptr<const jsonl::PublishedView> published() const;
  // Until no fold is under way; its result is taken by the next Tidy.
  void WaitForFold() { folding_.Wait(); }

 private:
  // An event of the open turn, and where it stands in the turn's ops.
  struct NewEvent {
    Event event;
    size_t offset = 0;
    size_t size = 0;
  };
  struct Mark {
    jsonl::View view;
    size_t ops = 0;
    size_t events = 0;
    size_t keys = 0;
  };

  Result<ViewPtr> Readable() override;
  // The turn's view, for writing.
  Result<jsonl::View*> Writable();
  void Put(const Job& job);
  void Put(const Attempt& attempt);
  void Put(const Event& event);
  void SeeTime(Time at);
  void EndTurn();
  Result<void> CheckNewKeys() const;
  Result<void> AppendTurn();
  void PublishTurn(int64_t ops_at);
  Result<void> SealLog();
  // Where that many bytes are sealed.
  void FoldIfDue(int64_t bytes_min);
  Result<void> TakeFold();

  const std::shared_ptr<jsonl::LogFiles> files_;
  const jsonl::LogPaths paths_;
  const JsonlOptions options_;
  std::shared_ptr<jsonl::PublishedView> published_;
  std::optional<Error> fault_;       // sticky
  std::optional<Error> turn_fault_;  // until the turn ends
  std::optional<Error> fold_error_;  // until Tidy tells of it

  bool in_turn_ = false;
  jsonl::View view_;  // of the open turn, or as it was committed
  jsonl::Ops ops_;
  std::vector<NewEvent> new_events_;
  std::vector<std::string> new_keys_;
  std::optional<Mark> mark_;
  Time turn_at_;  // the newest time that the turn wrote

  int64_t segment_ = 0;  // of the log
  std::vector<jsonl::SealedLog> sealed_;
  int64_t snapshot_bytes_ = 0;
  std::vector<std::string> warnings_;
  jsonl::Folding folding_;
};

// Makes the log where there is none. Errors: kStoreFault for what the environment does and for
// damage; kConflict for a file of another program or of a newer format.
Result<std::unique_ptr<JsonlStore>> OpenJsonlStore(std::shared_ptr<jsonl::LogFiles> files,
                                                   const std::string& path,
                                                   JsonlOptions options = {});

}  // namespace jobgate
