#include "store/sqlite/sqlite_query.h"

#include <sqlite3.h>

#include <memory>
#include <string_view>

#include "src/base/clock.h"

namespace jobgate::sqlite {
namespace {

constexpr int kInstructionsBetweenLooks = 1000;
constexpr int kValueBytesMax = 4 << 20;
constexpr int kSqlBytesMax = 64 * 1024;

using StatementPtr = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

// https://sqlite.org/c3ref/c_alter_table.html
int Allow(void*, int action, const char* what, const char* column, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ: {
      const bool hidden = what && column && std::string_view(what) == "settings" &&
                          std::string_view(column) == "value";
      return hidden ? SQLITE_IGNORE : SQLITE_OK;
    }
    default:
      return SQLITE_DENY;
  }
}

struct Deadline {
  SystemClock clock;
  Duration at{};
};

int IsOver(void* deadline) {
  const auto* it = static_cast<const Deadline*>(deadline);
  return it->clock.Monotonic() >= it->at ? 1 : 0;
}

std::string Hex(const void* bytes, int size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  const auto* byte = static_cast<const unsigned char*>(bytes);
  for (int i = 0; i < size; ++i) {
    hex += kDigits[byte[i] >> 4];
    hex += kDigits[byte[i] & 15];
  }
  return hex;
}

Json ValueAt(sqlite3_stmt* row, int column) {
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(row, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(row, column);
    case SQLITE_NULL:
      return nullptr;
    case SQLITE_BLOB:
      return Hex(sqlite3_column_blob(row, column), sqlite3_column_bytes(row, column));
    default:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(row, column)),
                         static_cast<size_t>(sqlite3_column_bytes(row, column)));
  }
}

tl::unexpected<Error> NotAsked(const std::string& why) {
  return FailField("/sql", why);
}

// The only statement in `sql`.
Result<StatementPtr> Prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int result =
      sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()) + 1, &raw, &rest);
  StatementPtr statement(raw, sqlite3_finalize);
  if (result == SQLITE_AUTH)
    return NotAsked("only a SELECT on the store's tables is answered (" +
                    std::string(sqlite3_errmsg(db)) + ")");
  if (result != SQLITE_OK) return NotAsked(sqlite3_errmsg(db));
  if (!statement) return NotAsked("there is no statement in it");
  if (std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return NotAsked("only one statement is answered");
  if (sqlite3_stmt_readonly(statement.get()) == 0)
    return NotAsked("only a SELECT on the store's tables is answered");
  return statement;
}

Json RowOf(sqlite3_stmt* statement) {
  Json row = Json::array();
  for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(ValueAt(statement, i));
  return row;
}

Result<QueryResult> Collect(sqlite3* db, sqlite3_stmt* statement, const QueryLimits& limits) {
  QueryResult result;
  for (int i = 0; i < sqlite3_column_count(statement); ++i)
    result.columns.emplace_back(sqlite3_column_name(statement, i));
  int64_t bytes = 0;
  for (;;) {
    const int step = sqlite3_step(statement);
    if (step == SQLITE_DONE) return result;
    if (step == SQLITE_INTERRUPT)
      return NotAsked("took longer than " + FormatDuration(limits.time_max) +
                      "; ask for less, or ask a backup with sqlite3");
    if (step != SQLITE_ROW) return NotAsked(sqlite3_errmsg(db));
    if (result.rows.size() == static_cast<size_t>(limits.rows_max)) {
      result.cut_by = std::to_string(limits.rows_max) + " rows";
      return result;
    }
    Json row = RowOf(statement);
    bytes += static_cast<int64_t>(Canonical(row).size());
    if (bytes > limits.bytes_max) {
      result.cut_by = std::to_string(limits.bytes_max) + " bytes";
      return result;
    }
    result.rows.push_back(std::move(row));
  }
}

}  // namespace

Result<QueryResult> Ask(SqliteConnection& db, const std::string& sql, const QueryLimits& limits) {
  sqlite3* handle = db.db().getHandle();
  db.db().exec("PRAGMA temp_store = FILE");  // a large sort costs no memory
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kValueBytesMax);
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, kSqlBytesMax);
  Deadline deadline;
  deadline.at = deadline.clock.Monotonic() + limits.time_max;
  sqlite3_progress_handler(handle, kInstructionsBetweenLooks, IsOver, &deadline);
  sqlite3_set_authorizer(handle, Allow, nullptr);
  auto statement = Prepare(handle, sql);
  auto answer = statement
                    ? Collect(handle, statement->get(), limits)
                    : Result<QueryResult>(tl::unexpected<Error>(std::move(statement).error()));
  sqlite3_progress_handler(handle, 0, nullptr, nullptr);
  sqlite3_set_authorizer(handle, nullptr, nullptr);
  return answer;
}

}  // namespace jobgate::sqlite
