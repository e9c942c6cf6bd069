#include "store/sqlite/pending_counts.h"

namespace jobgate::sqlite {
namespace {

// The columns of job_counts in the order of the states.
constexpr std::array kColumns = {"queued",        "waiting_approval", "running", "interrupted",
                                 "dead_lettered", "succeeded",        "failed",  "canceled"};
static_assert(kColumns.size() == kAllJobStates.size());

std::string UpdateSql() {
  std::string sql = "UPDATE job_counts SET ";
  for (const std::string column : kColumns)
    sql += (column == kColumns.front() ? "" : ", ") + column + " = " + column + " + ?";
  return sql + " WHERE entrypoint = ? AND priority = ?";
}

std::string InsertSql() {
  std::string columns;
  std::string values;
  for (const std::string column : kColumns) {
    columns += column + ", ";
    values += "?, ";
  }
  return "INSERT INTO job_counts (" + columns + "entrypoint, priority) VALUES (" + values + "?, ?)";
}

}  // namespace

// In the rows of the entrypoint '' are all jobs.
void PendingCounts::Add(const std::string& entrypoint, Priority priority, JobState state,
                        int64_t change) {
  for (const std::string& name : {entrypoint, std::string()})
    changes_[{name, priority}].at(static_cast<size_t>(state)) += change;
}

void PendingCounts::WriteTo(SqliteConnection& db) {
  static const std::string update = UpdateSql();
  static const std::string insert = InsertSql();
  for (const auto& [row, changes] : changes_) {
    if (changes == Changes{}) continue;
    for (const std::string& sql : {std::cref(update), std::cref(insert)}) {
      SqliteQuery query = db.Use(sql);
      for (const int64_t change : changes) query.Bind(change);
      if (query.Bind(row.first).Bind(static_cast<int64_t>(row.second)).Run() == 1) break;
    }
  }
  changes_.clear();
}

}  // namespace jobgate::sqlite
