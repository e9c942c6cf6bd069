#include "store/sqlite/connection.h"

#include <cstdint>

#include <sqlite3.h>

#include "store/sqlite/gathering_vfs.h"
#include "store/sqlite/sqlite_error.h"

namespace jobgate {
namespace {

// The memory goals leave room for about two megabytes of pages.
constexpr int kWriterCacheKib = 2048;
constexpr int kReaderCacheKib = 1024;
constexpr int kTemporaryCacheKib = 16 * 1024;
// A commit writes each page that it touches, and a submission touches one of each index: with
// pages of the usual 4,096 bytes a turn of 8 submissions writes 80 KiB, with these 30.
constexpr int kPageBytes = 1024;

// SQLite's statistics of its memory cost a lock for every allocation, and nobody reads them. Must
// come before SQLite is first used in this process: https://sqlite.org/c3ref/config.html
void LeaveMemoryUncounted() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(done);
}

void Pragma(SQLite::Database& db, const std::string& setting) {
  db.exec("PRAGMA " + setting);
}

void Configure(SQLite::Database& db, int option, int value) {
  db.check(sqlite3_db_config(db.getHandle(), option, value, nullptr));
}

void ConfigureBoth(SQLite::Database& db) {
  Configure(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
  Configure(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
  Configure(db, SQLITE_DBCONFIG_DQS_DML, 0);
  Configure(db, SQLITE_DBCONFIG_DQS_DDL, 0);
  Pragma(db, "cell_size_check = ON");
  Pragma(db, "temp_store = MEMORY");
  Pragma(db, "mmap_size = 0");
}

void UseLog(SQLite::Database& db) {
  const std::string mode = db.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal")
    throw SQLite::Exception("the file system gives no write-ahead log (" + mode + ")",
                            SQLITE_CANTOPEN);
}

int64_t PageBytes(SQLite::Database& db) {
  return db.execAndGet("PRAGMA page_size").getInt64();
}

void ConfigureWriter(SQLite::Database& db, int64_t bytes_max) {
  Pragma(db, "page_size = " + std::to_string(kPageBytes));  // of a file that is still empty
  ConfigureBoth(db);
  UseLog(db);
  Pragma(db, "synchronous = FULL");
  Pragma(db, "foreign_keys = ON");
  Pragma(db, "secure_delete = FAST");
  Pragma(db, "cache_size = -" + std::to_string(kWriterCacheKib));
  Pragma(db, "wal_autocheckpoint = 0");  // the store does it; a failure must be seen
  Pragma(db, "journal_size_limit = " + std::to_string(kLogBytesKept));
  if (bytes_max > 0) Pragma(db, "max_page_count = " + std::to_string(bytes_max / PageBytes(db)));
}

void ConfigureReader(SQLite::Database& db) {
  ConfigureBoth(db);
  Configure(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
  Pragma(db, "wal_autocheckpoint = 0");
  Pragma(db, "query_only = ON");
  Pragma(db, "cache_size = -" + std::to_string(kReaderCacheKib));
}

template <typename Fn>
void TellingWhy(SQLite::Database& db, Fn configure) {
  try {
    configure();
  } catch (const SQLite::Exception& exception) {
    throw CannotOpen(exception, sqlite3_system_errno(db.getHandle()));
  }
}

}  // namespace

SqliteQuery::~SqliteQuery() {
  statement_.tryReset();
  statement_.clearBindings();
}

SqliteQuery& SqliteQuery::Bind(const std::string& text) {
  statement_.bindNoCopy(++parameter_, text);
  return *this;
}

SqliteQuery& SqliteQuery::Bind(std::string_view text) {
  statement_.bind(++parameter_, std::string(text));
  return *this;
}

SqliteQuery& SqliteQuery::BindCopy(const std::optional<std::string>& text) {
  return text ? Bind(std::string_view(*text)) : BindNull();
}

SqliteQuery& SqliteQuery::Bind(int64_t number) {
  statement_.bind(++parameter_, number);
  return *this;
}

SqliteQuery& SqliteQuery::BindBytes(std::string_view bytes) {
  if (bytes.empty()) return BindNull();
  statement_.bind(++parameter_, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

SqliteQuery& SqliteQuery::BindNull() {
  ++parameter_;  // unbound parameters are null
  return *this;
}

bool SqliteQuery::Step() {
  column_ = 0;
  return statement_.executeStep();
}

int SqliteQuery::Run() {
  while (Step()) {
  }
  return statement_.getChanges();
}

std::string SqliteQuery::Text() {
  return statement_.getColumn(column_++).getString();
}

std::string SqliteQuery::Bytes() {
  const SQLite::Column column = statement_.getColumn(column_++);
  const auto* bytes = static_cast<const char*>(column.getBlob());
  return bytes ? std::string(bytes, static_cast<size_t>(column.getBytes())) : "";
}

int64_t SqliteQuery::Int64() {
  return statement_.getColumn(column_++).getInt64();
}

std::optional<std::string> SqliteQuery::OptionalText() {
  if (!statement_.isColumnNull(column_)) return Text();
  ++column_;
  return std::nullopt;
}

std::optional<int64_t> SqliteQuery::OptionalInt64() {
  if (!statement_.isColumnNull(column_)) return Int64();
  ++column_;
  return std::nullopt;
}

std::optional<int> SqliteQuery::OptionalInt() {
  const std::optional<int64_t> number = OptionalInt64();
  return number ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

std::optional<Time> SqliteQuery::OptionalAt() {
  const std::optional<int64_t> ms = OptionalInt64();
  return ms ? std::optional<Time>(FromUnixMs(*ms)) : std::nullopt;
}

SqliteConnection::SqliteConnection(const std::string& path, int flags, Duration busy_timeout,
                                   const std::string& vfs)
    : db_(path, flags | SQLite::OPEN_NOMUTEX, static_cast<int>(busy_timeout.count()), vfs) {}

std::unique_ptr<SqliteConnection> SqliteConnection::ForWriting(const std::string& path,
                                                               Duration busy_timeout,
                                                               int64_t bytes_max) {
  LeaveMemoryUncounted();
  std::unique_ptr<SqliteConnection> connection(
      new SqliteConnection(path, SQLite::OPEN_READWRITE, busy_timeout, GatheringVfs()));
  TellingWhy(connection->db_, [&] {
    ConfigureWriter(connection->db_, bytes_max);
    connection->page_bytes_ = PageBytes(connection->db_);
  });
  sqlite3_wal_hook(
      connection->db_.getHandle(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &connection->log_pages_);
  return connection;
}

std::unique_ptr<SqliteConnection> SqliteConnection::ForReading(const std::string& path,
                                                               Duration busy_timeout) {
  LeaveMemoryUncounted();
  std::unique_ptr<SqliteConnection> connection(
      new SqliteConnection(path, SQLite::OPEN_READONLY, busy_timeout));
  TellingWhy(connection->db_, [&] { ConfigureReader(connection->db_); });
  return connection;
}

// https://sqlite.org/inmemorydb.html, "Temporary Databases"
std::unique_ptr<SqliteConnection> SqliteConnection::Temporary(int64_t bytes_max) {
  LeaveMemoryUncounted();
  std::unique_ptr<SqliteConnection> connection(
      new SqliteConnection("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, Duration::zero()));
  SQLite::Database& db = connection->db_;
  ConfigureBoth(db);
  Pragma(db, "foreign_keys = ON");
  Pragma(db, "cache_size = -" + std::to_string(kTemporaryCacheKib));
  Pragma(db, "max_page_count = " + std::to_string(bytes_max / PageBytes(db)));
  return connection;
}

SqliteQuery SqliteConnection::Use(std::string_view sql) {
  Recent& recent = recent_[(reinterpret_cast<uintptr_t>(sql.data()) >> 4) % recent_.size()];
  if (recent.at != sql.data() || recent.statement->getQuery() != sql)
    recent = {sql.data(), &Prepared(sql)};
  return SqliteQuery(*recent.statement);
}

SQLite::Statement& SqliteConnection::Prepared(std::string_view sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end())
    it = statements_.try_emplace(std::string(sql), db_, std::string(sql)).first;
  return it->second;
}

SqliteConnection::LogPages SqliteConnection::Checkpoint() {
  LogPages pages;
  const int result = sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               &pages.in_log, &pages.in_file);
  if (result == SQLITE_BUSY) return {log_pages_, 0};  // another program does it
  db_.check(result);
  if (pages.in_log == pages.in_file) log_pages_ = 0;
  return pages;
}

int SqliteConnection::system_error() {
  return sqlite3_system_errno(db_.getHandle());
}

bool SqliteConnection::InTransaction() const {
  return sqlite3_get_autocommit(db_.getHandle()) == 0;
}

OneView::OneView(SqliteConnection& db) : db_(db), began_(!db.InTransaction()) {
  if (began_) db_.Execute("BEGIN");
}

OneView::~OneView() {
  if (began_) db_.db().tryExec("ROLLBACK");
}

}  // namespace jobgate
