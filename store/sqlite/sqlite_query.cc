#include "store/sqlite/sqlite_query.h"

#include <sqlite3.h>

#include <memory>
#include <string_view>

#include "store/sqlite/query_bounds.h"

namespace jobgate::sqlite {
namespace {

constexpr int kSqlBytesMax = 64 * 1024;

using StatementPtr = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

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
Result<StatementPtr> Prepare(sqlite3* db, const QueryBounds& bounds, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int result =
      sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()) + 1, &raw, &rest);
  StatementPtr statement(raw, sqlite3_finalize);
  if (!bounds.refused().empty()) return NotAsked(bounds.refused());
  if (result == SQLITE_AUTH)
    return NotAsked("only a SELECT on the store's tables is answered (" +
                    std::string(sqlite3_errmsg(db)) + ")");
  if (result == SQLITE_NOMEM) return NotAsked("has too many parts; ask for less at once");
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
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, kSqlBytesMax);
  const QueryBounds bounds(handle, limits.time_max);
  const auto statement = Prepare(handle, bounds, sql);
  if (!statement) return tl::unexpected<Error>(statement.error());
  return Collect(handle, statement->get(), limits);
}

}  // namespace jobgate::sqlite
