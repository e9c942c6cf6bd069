#include "store/sqlite/counts.h"

#include <array>
#include <optional>
#include <string>

#include "store/sqlite/sqlite_error.h"

namespace jobgate::sqlite {
namespace {

// The columns of job_counts that follow the priority, in this order.
constexpr std::array kCounted = {
    JobState::kQueued,       JobState::kWaitingApproval, JobState::kRunning, JobState::kInterrupted,
    JobState::kDeadLettered, JobState::kSucceeded,       JobState::kFailed,  JobState::kCanceled};
static_assert(kCounted.size() == kAllJobStates.size());
const std::string kSelectAll =
    "SELECT priority, sum(queued), sum(waiting_approval), sum(running), sum(interrupted), "
    "sum(dead_lettered), sum(succeeded), sum(failed), sum(canceled) FROM job_counts "
    "GROUP BY priority";

void AddCounts(SqliteConnection& db, StateCounts& counts) {
  SqliteQuery query = db.Use(kSelectAll);
  while (query.Step()) {
    const auto priority = static_cast<Priority>(query.Int());
    for (const JobState state : kCounted) {
      const int64_t count = query.Int64();
      if (count == 0) continue;
      counts.by_state[state] += count;
      if (state == JobState::kQueued) counts.queued_by_priority[priority] += count;
    }
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
  SqliteQuery query = db.Use(kSelectAll);
  while (query.Step()) {
    query.Int();  // priority
    for (const JobState state : kCounted) totals.Of(state) += query.Int64();
  }
  return totals;
}

std::map<std::string, EntrypointTotals> TotalsByEntrypoint(SqliteConnection& db) {
  std::map<std::string, EntrypointTotals> totals;
  SqliteQuery query = db.Use(
      "SELECT entrypoint, queued, running FROM job_counts "
      "WHERE queued > 0 OR running > 0");
  while (query.Step()) {
    EntrypointTotals& sum = totals[query.Text()];
    sum.queued += query.Int64();
    sum.running += query.Int64();
  }
  return totals;
}

StateCounts Counts(SqliteConnection& db, Time expiring_before) {
  const OneView view(db);
  StateCounts counts;
  AddCounts(db, counts);
  AddAges(db, expiring_before, counts);
  return counts;
}

void AddAges(SqliteConnection& db, Time expiring_before, StateCounts& counts) {
  counts.oldest_ready_at =
      Earliest(db,
               "SELECT min(ready_at) FROM (SELECT (SELECT min(ready_at) FROM jobs INDEXED BY "
               "jobs_delayed WHERE state = 'queued' AND due = 0) AS ready_at UNION ALL "
               "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_ready "
               "WHERE state = 'queued' AND due = 1))");
  counts.oldest_started_at = Earliest(
      db,
      "SELECT min(a.started_at) FROM jobs AS j INDEXED BY jobs_by_state JOIN attempts AS a "
      "ON a.job_id = j.id WHERE j.state = 'running' AND a.ended_at IS NULL");
  counts.expiring_soon = ExpiringBefore(db, expiring_before);
}

}  // namespace jobgate::sqlite
