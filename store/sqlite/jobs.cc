#include "store/sqlite/jobs.h"

#include <string>

#include "store/refusals.h"
#include "store/sqlite/job_row.h"

namespace jobgate::sqlite {
namespace {

// Jobs that come due at once are taken in bounded parts, the most urgent ones first, so that a
// night of delayed jobs does not hold up one turn.
constexpr int kPromotedMax = 5000;

std::vector<Job> ReadJobs(SqliteQuery& query) {
  std::vector<Job> jobs;
  while (query.Step()) jobs.push_back(ReadJob(query));
  return jobs;
}

std::optional<Time> ReadTime(SqliteQuery& query) {
  return query.Step() ? query.OptionalAt() : std::nullopt;
}

void PromoteDue(SqliteConnection& db, Time now) {
  static const std::string sql =
      "UPDATE jobs SET due = 1 WHERE rowid IN (SELECT rowid FROM jobs INDEXED BY jobs_by_ready_at "
      "WHERE state = 'queued' AND due = 0 AND ready_at <= ? ORDER BY priority, id LIMIT " +
      std::to_string(kPromotedMax) + ")";
  db.Use(sql).Bind(now).Run();
}

}  // namespace

std::optional<Job> FindJob(SqliteConnection& db, const JobId& id) {
  static const std::string sql = kSelectJob + "WHERE id = ?";
  SqliteQuery query = db.Use(sql);
  query.Bind(id);
  if (!query.Step()) return std::nullopt;
  return ReadJob(query);
}

Result<JobId> ResolveId(SqliteConnection& db, std::string_view prefix) {
  const Result<JobId> first = NormalIdPrefix(prefix);
  if (!first) return Fail(first.error());
  const std::string last = *first + "~";  // sorts after every character of an id
  SqliteQuery query = db.Use("SELECT id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT 2");
  query.Bind(*first).Bind(last);
  if (!query.Step()) return Fail(NoSuchJob(*first));
  JobId found = query.Text();
  if (found == *first || !query.Step()) return found;
  return Fail(SeveralJobs(*first, found, query.Text()));
}

void InsertJob(SqliteConnection& db, const Job& job) {
  SqliteQuery query = db.Use(kInsertJob);
  BindNewJob(query, job);
  query.Run();
}

Result<void> UpdateJob(SqliteConnection& db, const Job& next, JobState expected,
                       int expected_attempts) {
  SqliteQuery query = db.Use(kUpdateJob);
  BindMovedJob(query, next);
  if (query.Bind(next.id).Bind(NameOf(expected)).Bind(expected_attempts).Run() == 1) return {};
  return Fail(NoLongerAsExpected(next.id, expected, expected_attempts));
}

std::optional<Job> FindActiveDuplicate(SqliteConnection& db, std::string_view dedupe_key) {
  static const std::string sql = kSelectJob +
                                 "INDEXED BY jobs_by_dedupe_key WHERE dedupe_key = ? "
                                 "AND finished_at IS NULL";
  SqliteQuery query = db.Use(sql);
  query.Bind(dedupe_key);
  if (!query.Step()) return std::nullopt;
  return ReadJob(query);
}

std::vector<Job> Claimable(SqliteConnection& db, Time now, int limit) {
  PromoteDue(db, now);
  static const std::string sql =
      kSelectJob +
      "INDEXED BY jobs_by_state WHERE state = 'queued' AND due = 1 AND ready_at <= ? "
      "ORDER BY priority, id LIMIT ?";
  SqliteQuery query = db.Use(sql);
  return ReadJobs(query.Bind(now).Bind(limit));
}

std::vector<Job> JobsIn(SqliteConnection& db, JobState state, const JobId& after, int limit) {
  // One walk in order along each part of the index, merged by SQLite.
  static const std::string sql = [] {
    std::string parts;
    for (int due : {0, 1})
      for (Priority priority : kAllPriorities)
        parts += (parts.empty() ? "" : " UNION ALL ") +
                 ("SELECT id FROM jobs INDEXED BY jobs_by_state WHERE state = ?1 AND due = " +
                  std::to_string(due) +
                  " AND priority = " + std::to_string(static_cast<int>(priority)) + " AND id > ?2");
    return kSelectJob + "WHERE id IN (SELECT id FROM (" + parts + ") ORDER BY id LIMIT ?3) " +
           "ORDER BY id";
  }();
  SqliteQuery query = db.Use(sql);
  return ReadJobs(query.Bind(NameOf(state)).Bind(after).Bind(limit));
}

std::vector<Job> ExpiriesDue(SqliteConnection& db, Time now, int limit) {
  static const std::string sql =
      kSelectJob +
      "INDEXED BY jobs_by_expiry WHERE state = 'waiting_approval' "
      "AND approval_expires_at <= ? ORDER BY approval_expires_at, id LIMIT ?";
  SqliteQuery query = db.Use(sql);
  return ReadJobs(query.Bind(now).Bind(limit));
}

std::vector<Job> WarningsDue(SqliteConnection& db, Time now, int limit) {
  static const std::string sql = kSelectJob +
                                 "INDEXED BY jobs_by_warning WHERE approval_warn_at <= ? "
                                 "ORDER BY approval_warn_at, id LIMIT ?";
  SqliteQuery query = db.Use(sql);
  return ReadJobs(query.Bind(now).Bind(limit));
}

std::optional<Time> NextReadyAt(SqliteConnection& db, Time now) {
  SqliteQuery query = db.Use(
      "SELECT min(ready_at) FROM ("
      "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_by_ready_at "
      "WHERE state = 'queued' AND due = 0 AND ready_at > ?1) AS ready_at UNION ALL "
      "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_by_ready_at "
      "WHERE state = 'queued' AND due = 1 AND ready_at > ?1))");
  return ReadTime(query.Bind(now));
}

std::optional<Time> NextExpiryOrWarning(SqliteConnection& db) {
  SqliteQuery query = db.Use(
      "SELECT min(at) FROM ("
      "SELECT (SELECT min(approval_expires_at) FROM jobs INDEXED BY jobs_by_expiry "
      "WHERE state = 'waiting_approval') AS at UNION ALL "
      "SELECT (SELECT min(approval_warn_at) FROM jobs INDEXED BY jobs_by_warning "
      "WHERE approval_warn_at IS NOT NULL))");
  return ReadTime(query);
}

}  // namespace jobgate::sqlite
