// The store in one SQLite file: WAL, synchronous=FULL, one writing connection.
//
// Checked when it is opened: that the file is jobgate's, the schema and its migrations, what
// SQLite checks itself (header, size against the header's page count, the log's checksums), and
// that a write reaches the disk. PRAGMA quick_check reads the whole file, about a second a
// gigabyte, and a restart with a million jobs must be ready in 250 ms; so it runs at each start
// only up to kQuickCheckBytesMax, and beyond that offline, on demand. Every page that is read
// is checked for cells that leave it (PRAGMA cell_size_check).
//
// A statement that meets a fault of the environment rolls the whole turn back; the turn's other
// calls then fail with the same error until Rollback or Commit ends it. A fault of Commit or Tidy
// is sticky: everything fails with it until Reopen succeeds.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/event_chain.h"
#include "store/sqlite/job_counts.h"
#include "store/sqlite/log_keeper.h"
#include "store/sqlite/page_copy.h"
#include "store/sqlite/queries.h"
#include "store/store.h"

namespace jobgate {

inline constexpr int64_t kQuickCheckBytesMax = 16 << 20;

struct SqliteOptions {
  Duration busy_timeout{1000};  // for another program's lock
  int64_t bytes_max = 0;        // the file's bound; 0 = none
  bool reserve_log = false;     // kLogBytesKept of it at once, where the disk has room for them
};

class SqliteStore final : public sqlite::Queries<Store> {
 public:
  // Not open until Reopen succeeded; see OpenSqliteStore.
  SqliteStore(std::string path, SqliteOptions options);
  ~SqliteStore() override;

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
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override;
  Result<StateCounts> Counts(Time expiring_before) override;
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

  // Copies the store into `file`, which is there and empty: begins, and copies a bit more, below a
  // millisecond; true once the file is the store as of the last turn. Never inside a turn. Errors:
  // kStoreFault, also where the store had to be opened again meanwhile; the copy is over then.
  Result<void> BeginCopy(const std::string& file);
  Result<bool> GoOnCopying(const std::string& file);

 private:
  enum class TurnState { kNone, kOpen, kRolledBack };

  Result<SqliteConnection*> Usable() override;
  Error Failed(const SQLite::Exception& exception) override;
  Result<void> Open();
  Result<void> BringInLog();
  void TakeBack(const sqlite::JobCounts::Rows& changes);

  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<SqliteConnection> db_;
  LogKeeper log_;
  std::map<std::string, PageCopy> copies_;  // by their files
  TurnState turn_ = TurnState::kNone;
  sqlite::JobCounts counts_;
  sqlite::JobCounts::Rows changes_at_savepoint_;  // of counts_
  std::optional<ChainHead> last_event_;           // of the turn; nothing where it has to be read
  std::optional<Error> fault_;  // of the turn while it is kRolledBack, else sticky
};

// Makes the file where there is none, private to this user, and migrates an older schema.
// Errors: kStoreFault for what the environment does; kConflict for a file of another program, a
// newer schema or a changed migration.
Result<std::unique_ptr<SqliteStore>> OpenSqliteStore(const std::string& path,
                                                     SqliteOptions options = {});

// A reader beside the open store of the same file.
Result<std::unique_ptr<StoreReader>> OpenSqliteReader(const std::string& path,
                                                      Duration busy_timeout = Duration(5000));

}  // namespace jobgate
