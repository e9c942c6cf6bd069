#include "store/sqlite/job_counts.h"

#include <functional>

namespace jobgate::sqlite {
namespace {

// The columns of job_counts in the order of the states.
constexpr std::array kColumns = {"queued",        "waiting_approval", "running", "interrupted",
                                 "dead_lettered", "succeeded",        "failed",  "canceled"};
static_assert(kColumns.size() == kAllJobStates.size());

std::string SelectSql() {
  std::string sql = "SELECT entrypoint, priority";
  for (const std::string column : kColumns) sql += ", " + column;
  return sql + " FROM job_counts";
}

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

int64_t Of(const JobCounts::OfStates& counts, JobState state) {
  return counts.at(static_cast<size_t>(state));
}

void AddTo(EntrypointTotals& totals, const JobCounts::OfStates& counts) {
  totals.queued += Of(counts, JobState::kQueued);
  totals.running += Of(counts, JobState::kRunning);
}

void AddAll(JobCounts::OfStates& to, const JobCounts::OfStates& changes, int64_t factor) {
  for (size_t state = 0; state < to.size(); ++state) to.at(state) += factor * changes.at(state);
}

}  // namespace

JobCounts JobCounts::Load(SqliteConnection& db) {
  static const std::string select = SelectSql();
  JobCounts counts;
  SqliteQuery query = db.Use(select);
  while (query.Step()) {
    std::string entrypoint = query.Text();
    const auto priority = static_cast<Priority>(query.Int());
    OfStates stored{};
    for (int64_t& count : stored) count = query.Int64();
    counts.Change({std::move(entrypoint), priority}, stored, 1);
  }
  return counts;
}

void JobCounts::Add(const std::string& entrypoint, Priority priority, JobState state,
                    int64_t change) {
  OfStates one{};
  one.at(static_cast<size_t>(state)) = change;
  const Row row(entrypoint, priority);
  Change(row, one, 1);
  AddAll(changes_[row], one, 1);
}

void JobCounts::Change(const Row& row, const OfStates& by, int64_t factor) {
  AddAll(rows_[row], by, factor);
  AddAll(of_all_.at(static_cast<size_t>(row.second)), by, factor);
}

void JobCounts::GoBackTo(const Rows& changes) {
  for (const auto& [row, counts] : changes_) Change(row, counts, -1);
  for (const auto& [row, counts] : changes) Change(row, counts, 1);
  changes_ = changes;
}

void JobCounts::WriteTo(SqliteConnection& db) const {
  static const std::string update = UpdateSql();
  static const std::string insert = InsertSql();
  for (const auto& [row, counts] : changes_) {
    if (counts == OfStates{}) continue;
    for (const std::string& sql : {std::cref(update), std::cref(insert)}) {
      SqliteQuery query = db.Use(sql);
      for (const int64_t change : counts) query.Bind(change);
      if (query.Bind(row.first).Bind(static_cast<int64_t>(row.second)).Run() == 1) break;
    }
  }
}

StateTotals JobCounts::Totals() const {
  StateTotals totals;
  for (const OfStates& of_priority : of_all_) AddAll(totals.by_state, of_priority, 1);
  return totals;
}

EntrypointTotals JobCounts::TotalsOf(const std::string& entrypoint) const {
  EntrypointTotals totals;
  for (const Priority priority : kAllPriorities)
    if (const auto found = rows_.find({entrypoint, priority}); found != rows_.end())
      sqlite::AddTo(totals, found->second);
  return totals;
}

std::map<std::string, EntrypointTotals> JobCounts::TotalsByEntrypoint() const {
  std::map<std::string, EntrypointTotals> totals;
  for (const auto& [row, counts] : rows_) {
    if (Of(counts, JobState::kQueued) == 0 && Of(counts, JobState::kRunning) == 0) continue;
    sqlite::AddTo(totals[row.first], counts);
  }
  return totals;
}

void JobCounts::AddTo(StateCounts& counts) const {
  for (const Priority priority : kAllPriorities) {
    const OfStates& of_priority = of_all_.at(static_cast<size_t>(priority));
    for (const JobState state : kAllJobStates) {
      const int64_t count = Of(of_priority, state);
      if (count == 0) continue;
      counts.by_state[state] += count;
      if (state == JobState::kQueued) counts.queued_by_priority[priority] += count;
    }
  }
}

bool JobCounts::AnyQueued(Priority priority) const {
  return Of(of_all_.at(static_cast<size_t>(priority)), JobState::kQueued) > 0;
}

std::vector<JobCounts::Row> JobCounts::Queued(Priority least) const {
  std::vector<Row> rows;
  for (const auto& [row, counts] : rows_)
    if (row.second <= least && Of(counts, JobState::kQueued) > 0) rows.push_back(row);
  return rows;
}

}  // namespace jobgate::sqlite
