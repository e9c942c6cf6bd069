#include "store/sqlite/counts.h"

#include <optional>
#include <string>

#include "store/sqlite/sqlite_error.h"

namespace jobgate::sqlite {
namespace {

void AddCounts(SqliteConnection& db, StateCounts& counts) {
  SqliteQuery query = db.Use("SELECT state, priority, count FROM job_counts WHERE count > 0");
  while (query.Step()) {
    const std::optional<JobState> state = JobStateFromName(query.Text());
    if (!state) throw Damaged("job_counts has an unknown state");
    const auto priority = static_cast<Priority>(query.Int());
    const int64_t count = query.Int64();
    counts.by_state[*state] += count;
    if (*state == JobState::kQueued) counts.queued_by_priority[priority] += count;
  }
}

std::optional<Time> Earliest(SqliteConnection& db, const std::string& sql) {
  SqliteQuery query = db.Use(sql);
  return query.Step() ? query.OptionalAt() : std::nullopt;
}

int64_t ExpiringBefore(SqliteConnection& db, Time before) {
  SqliteQuery query = db.Use(
      "SELECT count(*) FROM jobs INDEXED BY jobs_by_expiry "
      "WHERE state = 'waiting_approval' "
      "AND approval_expires_at < ?");
  query.Bind(before).Step();
  return query.Int64();
}

}  // namespace

StateTotals Totals(SqliteConnection& db) {
  StateTotals totals;
  SqliteQuery query = db.Use("SELECT state, count FROM job_counts WHERE count > 0");
  while (query.Step()) {
    const auto state = JobStateFromName(query.Text());
    if (!state) throw Damaged("job_counts has an unknown state");
    totals.Of(*state) += query.Int64();
  }
  return totals;
}

std::map<std::string, EntrypointTotals> TotalsByEntrypoint(SqliteConnection& db) {
  std::map<std::string, EntrypointTotals> totals;
  SqliteQuery query = db.Use(
      "SELECT entrypoint, queued, running FROM entrypoint_counts WHERE queued > 0 OR running > 0");
  while (query.Step()) {
    EntrypointTotals& sum = totals[query.Text()];
    sum.queued += query.Int64();
    sum.running += query.Int64();
  }
  return totals;
}

EntrypointTotals TotalsOf(SqliteConnection& db, std::string_view entrypoint) {
  EntrypointTotals totals;
  SqliteQuery query = db.Use("SELECT queued, running FROM entrypoint_counts WHERE entrypoint = ?");
  query.Bind(entrypoint);
  while (query.Step()) {
    totals.queued += query.Int64();
    totals.running += query.Int64();
  }
  return totals;
}

StateCounts Counts(SqliteConnection& db, Time expiring_before) {
  const OneView view(db);
  StateCounts counts;
  AddCounts(db, counts);
  counts.oldest_ready_at =
      Earliest(db,
               "SELECT min(ready_at) FROM (SELECT (SELECT min(ready_at) FROM jobs INDEXED BY "
               "jobs_by_ready_at WHERE state = 'queued' AND due = 0) AS ready_at UNION ALL "
               "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_by_ready_at "
               "WHERE state = 'queued' AND due = 1))");
  counts.oldest_started_at = Earliest(
      db,
      "SELECT min(started_at) FROM attempts INDEXED BY attempts_running WHERE ended_at IS NULL");
  counts.expiring_soon = ExpiringBefore(db, expiring_before);
  return counts;
}

}  // namespace jobgate::sqlite
