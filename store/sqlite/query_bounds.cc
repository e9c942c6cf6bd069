#include "store/sqlite/query_bounds.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/base/check.h"

namespace jobgate::sqlite {
namespace {

constexpr int kInstructionsBetweenLooks = 20;
constexpr int kInstructionsMax = 2500;
constexpr int kFunctionsMax = 50;
constexpr int kArgumentsMax = 20;
constexpr int kValueBytesMax = 4 << 20;  // any value of a store
constexpr int kPatternBytesMax = 128;

// Sorted. Not here, as the time of one call grows with the product of two lengths: instr, replace,
// trim, json_patch; or with a number in it: printf, format.
constexpr std::array<std::string_view, 98> kAllowed = {
    "->",
    "->>",
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "json",
    "json_array",
    "json_array_length",
    "json_error_position",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "quote",
    "radians",
    "random",
    "randomblob",
    "rank",
    "round",
    "row_number",
    "sign",
    "sin",
    "sqlite_version",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "tan",
    "time",
    "total",
    "trunc",
    "typeof",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
};
static_assert(std::is_sorted(kAllowed.begin(), kAllowed.end()));

const char* TextOf(sqlite3_value* value) {
  return reinterpret_cast<const char*>(sqlite3_value_text(value));
}

void Stop(sqlite3_context* call) {
  sqlite3_result_error_code(call, SQLITE_INTERRUPT);
}

// Compares text with a pattern as SQLite's own does, and looks at the clock before: it is the
// slowest of the functions. `Compare(pattern, text)` is true where they fit.
template <typename Compare>
void CompareText(sqlite3_context* call, sqlite3_value** values, Compare compare) {
  const auto* bounds = static_cast<const QueryBounds*>(sqlite3_user_data(call));
  if (bounds->IsOver()) return Stop(call);
  const char* pattern = TextOf(values[0]);
  const char* text = TextOf(values[1]);
  if (sqlite3_value_bytes(values[0]) > kPatternBytesMax)
    return sqlite3_result_error(call, "a pattern of LIKE or GLOB has at most 128 bytes", -1);
  if (pattern && text) sqlite3_result_int(call, compare(pattern, text) ? 1 : 0);
}

void Like(sqlite3_context* call, int count, sqlite3_value** values) {
  unsigned int escape = 0;
  if (count == 3) {
    const char* text = TextOf(values[2]);
    if (!text) return;
    if (text[0] == 0 || text[1] != 0 || static_cast<unsigned char>(text[0]) >= 0x80)
      return sqlite3_result_error(call, "ESCAPE takes one ASCII character", -1);
    escape = static_cast<unsigned char>(text[0]);
  }
  CompareText(call, values, [&](const char* pattern, const char* text) {
    return sqlite3_strlike(pattern, text, escape) == 0;
  });
}

void Glob(sqlite3_context* call, int, sqlite3_value** values) {
  CompareText(call, values, [](const char* pattern, const char* text) {
    return sqlite3_strglob(pattern, text) == 0;
  });
}

struct Comparison {
  const char* name;
  int arguments;
  void (*call)(sqlite3_context*, int, sqlite3_value**);
};
constexpr std::array<Comparison, 3> kComparisons = {
    Comparison{"like", 2, Like}, Comparison{"like", 3, Like}, Comparison{"glob", 2, Glob}};

}  // namespace

QueryBounds::QueryBounds(sqlite3* db, Duration time_max)
    : db_(db), ends_at_(clock_.Monotonic() + time_max) {
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kValueBytesMax);
  sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, kArgumentsMax);
  sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, kInstructionsMax);
  for (const auto& [name, arguments, call] : kComparisons) {
    const int result = sqlite3_create_function_v2(
        db, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this, call,
        nullptr, nullptr, nullptr);
    JOBGATE_CHECK(result == SQLITE_OK, "SQLite takes a function of its own name");
  }
  sqlite3_progress_handler(
      db, kInstructionsBetweenLooks,
      [](void* bounds) { return static_cast<const QueryBounds*>(bounds)->IsOver() ? 1 : 0; }, this);
  sqlite3_set_authorizer(db, Allow, this);
}

QueryBounds::~QueryBounds() {
  sqlite3_set_authorizer(db_, nullptr, nullptr);
  sqlite3_progress_handler(db_, 0, nullptr, nullptr);
  for (const auto& [name, arguments, call] : kComparisons)
    sqlite3_create_function_v2(db_, name, arguments, SQLITE_UTF8, nullptr, nullptr, nullptr,
                               nullptr, nullptr);
}

// https://sqlite.org/c3ref/c_alter_table.html
int QueryBounds::Allow(void* bounds, int action, const char* what, const char* name, const char*,
                       const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return static_cast<QueryBounds*>(bounds)->AllowFunction(name);
    case SQLITE_READ: {
      const bool hidden =
          what && name && std::string_view(what) == "settings" && std::string_view(name) == "value";
      return hidden ? SQLITE_IGNORE : SQLITE_OK;
    }
    default:
      return SQLITE_DENY;
  }
}

int QueryBounds::AllowFunction(const std::string& name) {
  if (!std::binary_search(kAllowed.begin(), kAllowed.end(), name))
    refused_ = "the function " + name +
               " is not answered, as one call of it may take very long; LIKE, substr and "
               "json_extract are";
  else if (++functions_ > kFunctionsMax)
    refused_ =
        "has more than " + std::to_string(kFunctionsMax) + " functions; ask for less at once";
  return refused_.empty() ? SQLITE_OK : SQLITE_DENY;
}

}  // namespace jobgate::sqlite
