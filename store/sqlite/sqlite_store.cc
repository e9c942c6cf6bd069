#include "store/sqlite/sqlite_store.h"

#include <utility>

#include <sqlite3.h>

#include "src/base/check.h"
#include "store/migrator/migrator.h"
#include "store/sqlite/forget.h"
#include "store/sqlite/settings.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/store_files.h"

namespace jobgate {
namespace {

Result<void> QuickCheck(SqliteConnection& db) {
  const int64_t pages = db.db().execAndGet("PRAGMA page_count").getInt64();
  const int64_t page_bytes = db.db().execAndGet("PRAGMA page_size").getInt64();
  if (pages * page_bytes > kQuickCheckBytesMax) return {};
  const std::string verdict = db.db().execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict == "ok") return {};
  return Fail(Code::kStoreFault,
              db.path() + " is damaged: stop jobgate and restore a backup (" + verdict + ")");
}

// Writes the first page as it is, so that a full or read-only disk shows now.
void ProbeWrite(SqliteConnection& db) {
  const int version = db.db().execAndGet("PRAGMA user_version").getInt();
  db.db().exec("PRAGMA user_version = " + std::to_string(version));
}

// Brings the log's pages into the file and cuts the log off. False where a reader of an older
// state kept some of it back.
bool CheckpointWhole(SqliteConnection& db) {
  SQLite::Statement checkpoint(db.db(), "PRAGMA wal_checkpoint(TRUNCATE)");
  checkpoint.executeStep();
  return checkpoint.getColumn(1).getInt() == checkpoint.getColumn(2).getInt();
}

}  // namespace

SqliteStore::SqliteStore(std::string path, SqliteOptions options)
    : path_(std::move(path)),
      options_(options),
      log_(path_),
      fault_(Error{Code::kStoreFault, path_ + " is not open"}) {}

SqliteStore::~SqliteStore() {
  Rollback();
}

Result<SqliteConnection*> SqliteStore::Usable() {
  if (fault_) return Fail(*fault_);
  return db_.get();
}

// What is known of a turn that did not come to be, or of one whose savepoint was gone back to.
void SqliteStore::TakeBack(const sqlite::JobCounts::Rows& changes) {
  counts_.GoBackTo(changes);
  last_event_.reset();
}

Error SqliteStore::Failed(const SQLite::Exception& exception) {
  Error error = ErrorOf(exception, path_, db_->system_error());
  if (error.code != Code::kStoreFault || turn_ != TurnState::kOpen) return error;
  db_->db().tryExec("ROLLBACK");
  TakeBack({});
  turn_ = TurnState::kRolledBack;
  fault_ = error;
  return error;
}

Result<void> SqliteStore::Begin() {
  JOBGATE_CHECK(turn_ == TurnState::kNone, "a turn ends before the next one begins");
  JOBGATE_TRY(Run([](SqliteConnection& db) { db.Execute("BEGIN IMMEDIATE"); }));
  turn_ = TurnState::kOpen;
  return {};
}

Result<void> SqliteStore::Commit() {
  JOBGATE_CHECK(turn_ != TurnState::kNone, "only a turn can be committed");
  if (turn_ == TurnState::kRolledBack) {
    Error error = *fault_;
    Rollback();
    return Fail(std::move(error));
  }
  Result<void> committed = Run([&](SqliteConnection& db) {
    counts_.WriteTo(db);
    db.Execute("COMMIT");
  });
  const bool unknown = !committed && committed.error().code == Code::kStoreFault;
  if (!committed) Rollback();
  counts_.Keep();
  last_event_.reset();
  turn_ = TurnState::kNone;
  if (unknown) fault_ = committed.error();
  // This turn is durable whatever comes of the checkpoint; the next one hears of a fault.
  if (committed && log_.IsDue(*db_)) static_cast<void>(BringInLog());
  return committed;
}

// All of it at once: somebody waits for just that.
Result<void> SqliteStore::Checkpoint() {
  log_.Clear();
  return BringInLog();
}

Result<void> SqliteStore::BringInLog() {
  JOBGATE_CHECK(turn_ == TurnState::kNone, "no checkpoint inside a turn");
  Result<void> done = Run([&](SqliteConnection& db) { static_cast<void>(log_.BringIn(db)); });
  if (!done && done.error().code == Code::kStoreFault) fault_ = done.error();
  return done;
}

void SqliteStore::Rollback() {
  if (turn_ == TurnState::kOpen) db_->db().tryExec("ROLLBACK");
  if (turn_ == TurnState::kRolledBack) fault_.reset();
  TakeBack({});
  turn_ = TurnState::kNone;
}

Result<void> SqliteStore::Savepoint() {
  changes_at_savepoint_ = counts_.changes();
  return Run([](SqliteConnection& db) { db.Execute("SAVEPOINT command"); });
}

Result<void> SqliteStore::Release() {
  return Run([](SqliteConnection& db) { db.Execute("RELEASE command"); });
}

Result<void> SqliteStore::RollbackToSavepoint() {
  TakeBack(changes_at_savepoint_);
  return Run([](SqliteConnection& db) {
    db.Execute("ROLLBACK TO command");
    db.Execute("RELEASE command");
  });
}

Result<void> SqliteStore::InsertJob(const Job& job) {
  return Run([&](SqliteConnection& db) {
    sqlite::InsertJob(db, job);
    counts_.Add(job.entrypoint, job.priority, job.state, 1);
  });
}

Result<void> SqliteStore::UpdateJob(const Job& next, JobState expected, int expected_attempts) {
  return Run([&](SqliteConnection& db) -> Result<void> {
    const auto priority = sqlite::UpdateJob(db, next, expected, expected_attempts);
    if (!priority) return Fail(priority.error());
    counts_.Add(next.entrypoint, *priority, expected, -1);
    counts_.Add(next.entrypoint, next.priority, next.state, 1);
    return {};
  });
}

Result<std::optional<Job>> SqliteStore::FindActiveDuplicate(std::string_view dedupe_key) {
  return Run([&](SqliteConnection& db) { return sqlite::FindActiveDuplicate(db, dedupe_key); });
}

Result<std::optional<IdempotencyRecord>> SqliteStore::FindIdempotencyKey(std::string_view key) {
  return Run([&](SqliteConnection& db) { return sqlite::FindIdempotencyKey(db, key); });
}

Result<void> SqliteStore::PutIdempotencyKey(const IdempotencyRecord& record) {
  return Run([&](SqliteConnection& db) { sqlite::PutIdempotencyKey(db, record); });
}

Result<void> SqliteStore::DropIdempotencyKey(std::string_view key) {
  return Run([&](SqliteConnection& db) { sqlite::DropIdempotencyKey(db, key); });
}

Result<int> SqliteStore::DropIdempotencyKeys(Time ended_before) {
  return Run([&](SqliteConnection& db) { return sqlite::DropIdempotencyKeys(db, ended_before); });
}

Result<void> SqliteStore::DeleteJob(const JobId& id) {
  return Run([&](SqliteConnection& db) -> Result<void> {
    const std::optional<Job> job = sqlite::FindJob(db, id);
    JOBGATE_TRY(sqlite::DeleteJob(db, id));
    counts_.Add(job->entrypoint, job->priority, job->state, -1);
    return {};
  });
}

Result<std::optional<int64_t>> SqliteStore::DropPayloads(const JobId& id, int64_t after_seq,
                                                         int limit) {
  return Run([&](SqliteConnection& db) { return sqlite::DropPayloads(db, id, after_seq, limit); });
}

Result<std::vector<Candidate>> SqliteStore::Claimable(const ClaimQuery& query) {
  return Run([&](SqliteConnection& db) { return sqlite::Claimable(db, counts_, query); });
}

Result<std::vector<Job>> SqliteStore::JobsIn(JobState state, const JobId& after, int limit) {
  return Run([&](SqliteConnection& db) { return sqlite::JobsIn(db, state, after, limit); });
}

Result<StateTotals> SqliteStore::Totals() {
  return Run([&](SqliteConnection&) { return counts_.Totals(); });
}

Result<EntrypointTotals> SqliteStore::TotalsOf(std::string_view entrypoint) {
  return Run([&](SqliteConnection&) { return counts_.TotalsOf(std::string(entrypoint)); });
}

Result<std::map<std::string, EntrypointTotals>> SqliteStore::TotalsByEntrypoint() {
  return Run([&](SqliteConnection&) { return counts_.TotalsByEntrypoint(); });
}

Result<StateCounts> SqliteStore::Counts(Time expiring_before) {
  return Run([&](SqliteConnection& db) {
    StateCounts counts;
    counts_.AddTo(counts);
    sqlite::AddAges(db, expiring_before, counts);
    return counts;
  });
}

Result<std::vector<Job>> SqliteStore::ExpiriesDue(Time now, int limit) {
  return Run([&](SqliteConnection& db) { return sqlite::ExpiriesDue(db, now, limit); });
}

Result<std::vector<Job>> SqliteStore::WarningsDue(Time now, int limit) {
  return Run([&](SqliteConnection& db) { return sqlite::WarningsDue(db, now, limit); });
}

Result<std::optional<Time>> SqliteStore::NextReadyAt(Time now) {
  return Run([&](SqliteConnection& db) { return sqlite::NextReadyAt(db, now); });
}

Result<std::optional<Time>> SqliteStore::NextExpiryOrWarning(Time now) {
  return Run([&](SqliteConnection& db) { return sqlite::NextExpiryOrWarning(db, now); });
}

Result<std::vector<Job>> SqliteStore::ActiveJobsOfIssue(int64_t issue_id) {
  return Run([&](SqliteConnection& db) { return sqlite::ActiveJobsOfIssue(db, issue_id); });
}

Result<std::set<int64_t>> SqliteStore::ActiveIssues() {
  return Run([&](SqliteConnection& db) { return sqlite::ActiveIssues(db); });
}

Result<void> SqliteStore::InsertAttempt(const Attempt& attempt) {
  return Run([&](SqliteConnection& db) { sqlite::InsertAttempt(db, attempt); });
}

Result<void> SqliteStore::FinishAttempt(const Attempt& attempt) {
  return Run([&](SqliteConnection& db) { return sqlite::FinishAttempt(db, attempt); });
}

Result<std::vector<std::string>> SqliteStore::LastOutcomes(int limit) {
  return Run([&](SqliteConnection& db) { return sqlite::LastOutcomes(db, limit); });
}

Result<void> SqliteStore::AppendEvent(Event& event) {
  return Run([&](SqliteConnection& db) {
    if (!last_event_) last_event_ = sqlite::LastEvent(db);
    sqlite::AppendEvent(db, event, *last_event_);
  });
}

Result<void> SqliteStore::InsertEvent(const Event& event) {
  last_event_.reset();
  return Run([&](SqliteConnection& db) { return sqlite::InsertEvent(db, event); });
}

Result<void> SqliteStore::PutOutbox(const OutboxMessage& message) {
  return Run([&](SqliteConnection& db) { sqlite::PutOutbox(db, message); });
}

Result<void> SqliteStore::DropOutbox(std::string_view id) {
  return Run([&](SqliteConnection& db) { return sqlite::DropOutbox(db, id); });
}

Result<std::optional<std::string>> SqliteStore::GetSetting(std::string_view key) {
  return Run([&](SqliteConnection& db) { return sqlite::GetSetting(db, key); });
}

Result<void> SqliteStore::PutSetting(std::string_view key, std::string_view value) {
  return Run([&](SqliteConnection& db) { sqlite::PutSetting(db, key, value); });
}

Result<void> SqliteStore::Open() {
  JOBGATE_TRY(PrepareStoreFiles(path_));
  db_ = SqliteConnection::ForWriting(path_, options_.busy_timeout, options_.bytes_max);
  JOBGATE_TRY(QuickCheck(*db_));
  JOBGATE_TRY(Migrate(db_->db(), BuiltInMigrations()));
  counts_ = sqlite::JobCounts::Load(*db_);
  ProbeWrite(*db_);
  // Until the log's pages are in the file and synced, what a failed sync left behind could be
  // read as written.
  if (!CheckpointWhole(*db_))
    return Fail(Code::kStoreFault, path_ +
                                       " is being read by another program, which holds back a "
                                       "part of its log: end that program's transaction");
  return options_.reserve_log ? ReserveFile(path_ + "-wal", kLogBytesKept) : Result<void>{};
}

Result<void> SqliteStore::BeginCopy(const std::string& file) {
  if (fault_) return Fail(*fault_);
  try {
    copies_.try_emplace(file, *db_, file);
    return {};
  } catch (const SQLite::Exception& exception) {
    return Fail(ErrorOf(exception, file));
  }
}

Result<bool> SqliteStore::GoOnCopying(const std::string& file) {
  JOBGATE_CHECK(turn_ == TurnState::kNone, "nothing is copied inside a turn");
  const auto copy = copies_.find(file);
  if (copy == copies_.end())
    return Fail(Code::kStoreFault, path_ + " had to be opened again while it was copied");
  try {
    if (!copy->second.Step()) return false;
    copies_.erase(copy);
    return true;
  } catch (const SQLite::Exception& exception) {
    copies_.erase(copy);
    return Fail(ErrorOf(exception, file));
  }
}

Result<void> SqliteStore::Reopen() {
  Rollback();
  copies_.clear();
  log_.Clear();
  db_.reset();
  Result<void> opened;
  try {
    opened = Open();
  } catch (const SQLite::Exception& exception) {
    opened = Fail(ErrorOf(exception, path_, db_ ? db_->system_error() : 0));
  }
  fault_.reset();
  if (!opened) {
    db_.reset();
    fault_ = opened.error();
  }
  return opened;
}

Result<void> SqliteStore::Tidy() {
  JOBGATE_CHECK(turn_ == TurnState::kNone, "no upkeep inside a turn");
  if (fault_) return Fail(*fault_);
  if (!log_.IsDueWhileIdle(*db_)) return {};
  JOBGATE_TRY(BringInLog());
  if (db_->log_bytes() > 0) return {};  // a reader needs it still
  // The first write to a log that begins anew is preceded by a sync of its own: now, while nobody
  // waits for it, and not in the next turn.
  Result<void> begun = Run([](SqliteConnection& db) { ProbeWrite(db); });
  if (!begun && begun.error().code == Code::kStoreFault) fault_ = begun.error();
  return begun;
}

Result<std::unique_ptr<SqliteStore>> OpenSqliteStore(const std::string& path,
                                                     SqliteOptions options) {
  auto store = std::make_unique<SqliteStore>(path, options);
  JOBGATE_TRY(store->Reopen());
  return store;
}

}  // namespace jobgate
