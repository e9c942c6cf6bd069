#include "store/sqlite/connection.h"

#include <sqlite3.h>

#include "store/sqlite/sqlite_error.h"

namespace jobgate {
namespace {

// The memory goals leave room for about two megabytes of pages.
constexpr int kWriterCacheKib = 2048;
constexpr int kReaderCacheKib = 1024;
// A checkpoint every 8 MiB of log: rarely enough to write a hot page once for many turns, often
// enough to keep the pause of the turn that does it short.
constexpr int kCheckpointPages = 2000;
constexpr int kLogBytesKept = 16 << 20;

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

void ConfigureWriter(SQLite::Database& db, int64_t pages_max) {
  ConfigureBoth(db);
  UseLog(db);
  Pragma(db, "synchronous = FULL");
  Pragma(db, "foreign_keys = ON");
  Pragma(db, "secure_delete = FAST");
  Pragma(db, "cache_size = -" + std::to_string(kWriterCacheKib));
  Pragma(db, "wal_autocheckpoint = " + std::to_string(kCheckpointPages));
  Pragma(db, "journal_size_limit = " + std::to_string(kLogBytesKept));
  if (pages_max > 0) Pragma(db, "max_page_count = " + std::to_string(pages_max));
}

void ConfigureReader(SQLite::Database& db) {
  ConfigureBoth(db);
  Configure(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
  Pragma(db, "wal_autocheckpoint = 0");
  Pragma(db, "query_only = ON");
  Pragma(db, "cache_size = -" + std::to_string(kReaderCacheKib));
}

}  // namespace

Query::~Query() {
  statement_.tryReset();
  statement_.clearBindings();
}

Query& Query::Bind(const std::string& text) {
  statement_.bindNoCopy(++parameter_, text);
  return *this;
}

Query& Query::Bind(std::string_view text) {
  statement_.bind(++parameter_, std::string(text));
  return *this;
}

Query& Query::BindCopy(const std::optional<std::string>& text) {
  return text ? Bind(std::string_view(*text)) : BindNull();
}

Query& Query::Bind(int64_t number) {
  statement_.bind(++parameter_, number);
  return *this;
}

Query& Query::BindNull() {
  ++parameter_;  // unbound parameters are null
  return *this;
}

bool Query::Step() {
  column_ = 0;
  return statement_.executeStep();
}

int Query::Run() {
  while (Step()) {
  }
  return statement_.getChanges();
}

std::string Query::Text() {
  return statement_.getColumn(column_++).getString();
}

int64_t Query::Int64() {
  return statement_.getColumn(column_++).getInt64();
}

std::optional<std::string> Query::OptionalText() {
  if (!statement_.isColumnNull(column_)) return Text();
  ++column_;
  return std::nullopt;
}

std::optional<int64_t> Query::OptionalInt64() {
  if (!statement_.isColumnNull(column_)) return Int64();
  ++column_;
  return std::nullopt;
}

std::optional<int> Query::OptionalInt() {
  const std::optional<int64_t> number = OptionalInt64();
  return number ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

std::optional<Time> Query::OptionalAt() {
  const std::optional<int64_t> ms = OptionalInt64();
  return ms ? std::optional<Time>(FromUnixMs(*ms)) : std::nullopt;
}

Connection::Connection(const std::string& path, int flags, Duration busy_timeout)
    : db_(path, flags | SQLite::OPEN_NOMUTEX, static_cast<int>(busy_timeout.count())) {}

std::unique_ptr<Connection> Connection::ForWriting(const std::string& path, Duration busy_timeout,
                                                   int64_t pages_max) {
  std::unique_ptr<Connection> connection(
      new Connection(path, SQLite::OPEN_READWRITE, busy_timeout));
  ConfigureWriter(connection->db_, pages_max);
  return connection;
}

std::unique_ptr<Connection> Connection::ForReading(const std::string& path, Duration busy_timeout) {
  std::unique_ptr<Connection> connection(new Connection(path, SQLite::OPEN_READONLY, busy_timeout));
  ConfigureReader(connection->db_);
  return connection;
}

Query Connection::Use(const std::string& sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) it = statements_.try_emplace(sql, db_, sql).first;
  return Query(it->second);
}

bool Connection::InTransaction() const {
  return sqlite3_get_autocommit(db_.getHandle()) == 0;
}

OneView::OneView(Connection& db) : db_(db), began_(!db.InTransaction()) {
  if (began_) db_.Execute("BEGIN");
}

OneView::~OneView() {
  if (began_) db_.db().tryExec("ROLLBACK");
}

}  // namespace jobgate
