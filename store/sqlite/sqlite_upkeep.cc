#include "store/sqlite/sqlite_upkeep.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "store/durable_file.h"
#include "store/migrator/migrator.h"
#include "store/setting_names.h"
#include "store/sqlite/page_copy.h"
#include "store/sqlite/queries.h"
#include "store/sqlite/send_records.h"
#include "store/sqlite/settings.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_query.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_verify.h"

namespace jobgate {
namespace {

constexpr Duration kBusyTimeout = std::chrono::seconds(5);
constexpr int kInstructionsBetweenLooks = 10'000;

Error NotThere(const std::string& path) {
  return {Code::kNotFound, "there is no store " + path + " yet"};
}

tl::unexpected<Error> Stopping() {
  return Fail(Code::kUnavailable, "the daemon is stopping");
}

int64_t BytesOf(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

int64_t Number(SqliteConnection& db, const std::string& sql) {
  return db.db().execAndGet(sql).getInt64();
}

std::optional<Time> TimeOf(SqliteConnection& db, const std::string& sql) {
  SqliteQuery query = db.Use(sql);
  return query.Step() ? query.OptionalAt() : std::nullopt;
}

// What SQLite leaves beside a database that it could not make sense of.
class LogsOf {
 public:
  explicit LogsOf(std::string path) : path_(std::move(path)) {}
  ~LogsOf() {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) ::unlink((path_ + suffix).c_str());
  }
  LogsOf(const LogsOf&) = delete;
  LogsOf& operator=(const LogsOf&) = delete;

 private:
  const std::string path_;
};

// So that the file of a copy, which is not synced yet, is all of it.
void StandAlone(const std::string& file) {
  SQLite::Database copy(file, SQLite::OPEN_READWRITE);
  copy.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE");
}

// What was said of a copy as of the file that it is one of.
std::string Named(std::string message, const std::string& copy, const std::string& file) {
  for (size_t at = 0; (at = message.find(copy, at)) != std::string::npos; at += file.size())
    message.replace(at, copy.size(), file);
  return message;
}

// So that the file alone is all of it. What is too damaged for that is kept with its log.
void Settle(const std::string& path) {
  try {
    const auto db = SqliteConnection::ForWriting(path, kBusyTimeout, 0);
    SQLite::Statement(db->db(), "PRAGMA wal_checkpoint(TRUNCATE)").executeStep();
  } catch (const SQLite::Exception&) {
    return;
  }
}

}  // namespace

template <typename Fn>
auto SqliteUpkeep::Reading(Fn fn) -> decltype(fn(std::declval<SqliteConnection&>())) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return Fail(NotThere(path_));
  try {
    auto result = fn(Read(path_));
    Close();
    return result;
  } catch (const SQLite::Exception& exception) {
    Error error = ErrorOf(exception, path_, connection_ ? connection_->system_error() : 0);
    Close();
    if (interrupted_) return Stopping();
    return Fail(std::move(error));
  }
}

SqliteConnection& SqliteUpkeep::Read(const std::string& path) {
  Close();
  auto opened = SqliteConnection::ForReading(path, kBusyTimeout);
  sqlite3_progress_handler(
      opened->db().getHandle(), kInstructionsBetweenLooks,
      [](void* stop) { return *static_cast<std::atomic<bool>*>(stop) ? 1 : 0; }, &interrupted_);
  const std::lock_guard lock(mutex_);
  connection_ = std::move(opened);
  return *connection_;
}

void SqliteUpkeep::Close() {
  const std::lock_guard lock(mutex_);
  connection_.reset();
}

void SqliteUpkeep::Interrupt() {
  interrupted_ = true;
  const std::lock_guard lock(mutex_);
  if (connection_) sqlite3_interrupt(connection_->db().getHandle());
}

Result<StoreFigures> SqliteUpkeep::Figures() {
  return Reading([&](SqliteConnection& db) -> Result<StoreFigures> {
    JOBGATE_TRY(CheckSchema(db.db(), BuiltInMigrations()));
    const OneView view(db);
    StoreFigures figures;
    figures.type = type();
    figures.path = path_;
    figures.schema_version = Number(db, "PRAGMA user_version");
    const int64_t page_bytes = Number(db, "PRAGMA page_size");
    figures.bytes = {{"file", BytesOf(path_)},
                     {"log", BytesOf(path_ + "-wal")},
                     {"free", Number(db, "PRAGMA freelist_count") * page_bytes}};
    const RecordCounts counts = sqlite::CountRecords(db);
    figures.records = FiguresOf(counts);
    figures.states = sqlite::Totals(db);
    figures.last_event_seq = counts.last_event;
    figures.oldest_job_at = TimeOf(db, "SELECT created_at FROM jobs ORDER BY id LIMIT 1");
    figures.newest_event_at = TimeOf(db, "SELECT at FROM events ORDER BY seq DESC LIMIT 1");
    return figures;
  });
}

Result<VerifyReport> SqliteUpkeep::Verify() {
  auto verified = Reading([](SqliteConnection& db) -> Result<VerifyReport> {
    JOBGATE_TRY(jobgate::CheckNotNewer(db.db(), BuiltInMigrations()));
    return sqlite::Verify(db);
  });
  if (verified || verified.error().code != Code::kStoreFault) return verified;
  // So damaged that SQLite does not read on.
  return VerifyReport{{{"pages", "the file as a whole", {verified.error().message}}}};
}

Result<void> SqliteUpkeep::CheckNotNewer() {
  return Reading([](SqliteConnection& db) -> Result<void> {
    return jobgate::CheckNotNewer(db.db(), BuiltInMigrations());
  });
}

// All pages as they are: VACUUM INTO, which copies row by row, takes five times as long.
Result<void> SqliteUpkeep::CopyInto(SqliteConnection& db, const std::string& file) {
  JOBGATE_TRY(CheckSchema(db.db(), BuiltInMigrations()));
  if (copy_) return copy_(file);
  const OneView view(db);
  PageCopy copy(db, file);
  while (!copy.Step())
    if (interrupted_) return Stopping();
  return {};
}

Result<BackupReport> SqliteUpkeep::Backup(const std::string& file) {
  return Reading([&](SqliteConnection& db) -> Result<BackupReport> {
    auto target = UnfinishedFile::Create(file, false);
    if (!target) return Fail(std::move(target).error());
    const LogsOf logs(target->path());
    JOBGATE_TRY(CopyInto(db, target->path()));
    StandAlone(target->path());
    JOBGATE_TRY(SyncFile(target->path()));
    BackupReport report;
    report.file = file;
    if (auto sound = CheckSound(target->path(), report); !sound)
      return Fail(Code::kStoreFault,
                  "the store is damaged, and a copy of it is no backup: " + sound.error().message +
                      "; `jobgate store verify` says more");
    auto bytes = SizeOf(target->path());
    auto sha256 = Sha256OfFile(target->path());
    if (!bytes || !sha256) return Fail(!bytes ? bytes.error() : sha256.error());
    report.size_bytes = *bytes;
    report.sha256 = *std::move(sha256);
    JOBGATE_TRY(target->Finish());
    return report;
  });
}

Result<QueryResult> SqliteUpkeep::Query(const std::string& sql, const QueryLimits& limits) {
  return Reading([&](SqliteConnection& db) -> Result<QueryResult> {
    JOBGATE_TRY(CheckSchema(db.db(), BuiltInMigrations()));
    return sqlite::Ask(db, sql, limits);
  });
}

Result<void> SqliteUpkeep::Records(RecordSink& to) {
  return Reading([&](SqliteConnection& db) -> Result<void> {
    JOBGATE_TRY(CheckSchema(db.db(), BuiltInMigrations()));
    return sqlite::SendRecords(db, to);
  });
}

Result<std::optional<std::string>> SqliteUpkeep::EveryEvent(
    const std::function<void(const Event&)>& take) {
  return Reading([&](SqliteConnection& db) -> Result<std::optional<std::string>> {
    JOBGATE_TRY(CheckSchema(db.db(), BuiltInMigrations()));
    sqlite::EveryEvent(db, take);
    return sqlite::GetSetting(db, kChainBeginsSetting);
  });
}

Result<LeftOut> SqliteUpkeep::RecordsUntil(int64_t, RecordSink&) {
  return Fail(Code::kConflict,
              "a store in SQLite has no turns to go back to: put a backup in place with `jobgate "
              "store restore FILE`");
}

Result<std::vector<std::string>> SqliteUpkeep::Checkpoint() {
  if (::access(path_.c_str(), F_OK) != 0) return Fail(NotThere(path_));
  auto store = OpenSqliteStore(path_);  // opening it does
  if (!store) return Fail(std::move(store).error());
  return std::vector<std::string>();
}

Result<void> SqliteUpkeep::CheckSound(const std::string& file, BackupReport& report) {
  SqliteConnection& copy = Read(file);
  const std::string flaw = sqlite::Verify(copy).FirstFlaw();
  if (!flaw.empty()) return Fail(Code::kInvalidArgument, flaw);
  report.jobs = Number(copy, "SELECT count(*) FROM jobs");
  report.last_event_seq = Number(copy, "SELECT ifnull(max(seq), 0) FROM events");
  return {};
}

Result<MigrationReport> SqliteUpkeep::Migrate() {
  const auto before = Reading(
      [](SqliteConnection& db) -> Result<int64_t> { return Number(db, "PRAGMA user_version"); });
  if (!before) return Fail(before.error());
  auto store = OpenSqliteStore(path_);
  if (!store) return Fail(std::move(store).error());
  return MigrationReport{*before, std::ssize(BuiltInMigrations()), {}};
}

Result<ReplacementReport> SqliteUpkeep::Restore(const std::string& file) {
  RemoveUnfinished(path_);
  if (BytesOf(file) == 0) return FailField("/path", "there is no store in " + file);
  auto built = UnfinishedFile::Create(path_, true);
  if (!built) return Fail(std::move(built).error());
  const LogsOf logs(built->path());
  JOBGATE_TRY(CopyFile(file, built->path()));
  // A backup of an earlier version is brought to this one's schema before it is judged.
  if (auto opened = OpenSqliteStore(built->path()); !opened)
    return FailField(
        "/path", file + " cannot be used: " + Named(opened.error().message, built->path(), file));
  return Replace(*std::move(built), file);
}

Result<ReplacementReport> SqliteUpkeep::Rebuild(const std::function<Result<void>(Store&)>& fill) {
  RemoveUnfinished(path_);
  auto built = UnfinishedFile::Create(path_, true);
  if (!built) return Fail(std::move(built).error());
  const LogsOf logs(built->path());
  auto store = OpenSqliteStore(built->path());
  if (!store) return Fail(std::move(store).error());
  JOBGATE_TRY(fill(**store));
  store->reset();
  return Replace(*std::move(built), "the new store");
}

// Until the rename the store is what it was; what it was keeps a name of its own.
Result<ReplacementReport> SqliteUpkeep::Replace(UnfinishedFile built, const std::string& name) {
  BackupReport found;
  try {
    if (auto sound = CheckSound(built.path(), found); !sound)
      return FailField("/path", "not a sound store: " + sound.error().message);
  } catch (const SQLite::Exception& exception) {
    return FailField("/path", ErrorOf(exception, name).message);
  }
  Close();
  for (const char* suffix : {"-wal", "-shm"}) JOBGATE_TRY(RemoveIfThere(built.path() + suffix));
  ReplacementReport report{"", found.jobs, found.last_event_seq};
  if (::access(path_.c_str(), F_OK) == 0) {
    Settle(path_);
    report.kept_as = path_ + ".before-" + StampOfNow();
    JOBGATE_TRY(LinkAs(path_, report.kept_as));
    if (BytesOf(path_ + "-wal") > 0) JOBGATE_TRY(LinkAs(path_ + "-wal", report.kept_as + "-wal"));
    for (const char* suffix : {"-wal", "-shm"}) JOBGATE_TRY(RemoveIfThere(path_ + suffix));
  }
  JOBGATE_TRY(built.Finish());
  return report;
}

}  // namespace jobgate
