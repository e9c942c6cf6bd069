#include "store/sqlite/jobs.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

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

std::optional<Priority> PriorityOf(SqliteConnection& db, const JobId& id) {
  SqliteQuery query = db.Use("SELECT priority FROM jobs WHERE id = ?");
  if (!query.Bind(id).Step()) return std::nullopt;
  return static_cast<Priority>(query.Int());
}

bool AnyToPromote(SqliteConnection& db, Time now) {
  SqliteQuery query = db.Use(
      "SELECT 1 FROM jobs INDEXED BY jobs_delayed "
      "WHERE state = 'queued' AND due = 0 AND ready_at <= ? LIMIT 1");
  return query.Bind(now).Step();
}

void PromoteDue(SqliteConnection& db, Time now) {
  if (!AnyToPromote(db, now)) return;
  static const std::string sql =
      "UPDATE jobs SET due = 1 WHERE rowid IN (SELECT rowid FROM jobs INDEXED BY jobs_delayed "
      "WHERE state = 'queued' AND due = 0 AND ready_at <= ? ORDER BY priority, id LIMIT " +
      std::to_string(kPromotedMax) + ")";
  db.Use(sql).Bind(now).Run();
}

void ReadCandidates(SqliteQuery& query, std::vector<Candidate>& candidates) {
  while (query.Step()) {
    Candidate candidate;
    candidate.id = query.Text();
    candidate.entrypoint = query.Text();
    candidate.priority = static_cast<Priority>(query.Int());
    candidate.ready_at = query.At();
    candidates.push_back(std::move(candidate));
  }
}

// One walk along the beginning of each priority.
void AddOfPriorities(SqliteConnection& db, const JobCounts& counts, const ClaimQuery& query,
                     std::vector<Candidate>& candidates) {
  for (Priority priority : kAllPriorities) {
    if (priority > query.least) break;
    if (!counts.AnyQueued(priority)) continue;
    SqliteQuery walk = db.Use(
        "SELECT id, entrypoint, priority, ready_at FROM jobs INDEXED BY jobs_by_state "
        "WHERE state = 'queued' AND due = 1 AND priority = ? AND ready_at <= ? "
        "ORDER BY id LIMIT ?");
    walk.Bind(static_cast<int>(priority)).Bind(query.now).Bind(query.limit);
    ReadCandidates(walk, candidates);
  }
}

// A walk along the beginning of each part of the queue that is not blocked, so that no row of a
// blocked one is met; then of each priority the oldest.
void AddOfEntrypoints(SqliteConnection& db, const JobCounts& counts, const ClaimQuery& query,
                      std::vector<Candidate>& candidates) {
  for (const auto& [entrypoint, priority] : counts.Queued(query.least)) {
    if (query.blocked.contains(entrypoint)) continue;
    SqliteQuery walk = db.Use(
        "SELECT id, entrypoint, priority, ready_at FROM jobs INDEXED BY jobs_by_claim "
        "WHERE state = 'queued' AND due = 1 AND entrypoint = ? AND priority = ? AND ready_at <= ? "
        "ORDER BY id LIMIT ?");
    walk.Bind(entrypoint).Bind(static_cast<int>(priority)).Bind(query.now).Bind(query.limit);
    ReadCandidates(walk, candidates);
  }
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tie(c.priority, c.id); });
  std::map<Priority, int> kept;
  std::erase_if(candidates, [&](const Candidate& c) { return ++kept[c.priority] > query.limit; });
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

// With the priority that nearly every move leaves as it is; else what it is has to be asked for.
Result<Priority> UpdateJob(SqliteConnection& db, const Job& next, JobState expected,
                           int expected_attempts) {
  const auto update = [&](Priority before) {
    SqliteQuery query = db.Use(kUpdateJob);
    BindMovedJob(query, next);
    query.Bind(next.id).Bind(NameOf(expected)).Bind(expected_attempts);
    return query.Bind(static_cast<int>(before)).Run() == 1;
  };
  if (update(next.priority)) return next.priority;
  const std::optional<Priority> stored = PriorityOf(db, next.id);
  if (stored && *stored != next.priority && update(*stored)) return *stored;
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

std::vector<Candidate> Claimable(SqliteConnection& db, const JobCounts& counts,
                                 const ClaimQuery& query) {
  PromoteDue(db, query.now);
  std::vector<Candidate> candidates;
  if (query.limit < 1) return candidates;
  if (query.blocked.empty())
    AddOfPriorities(db, counts, query, candidates);
  else
    AddOfEntrypoints(db, counts, query, candidates);
  return candidates;
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
      "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_delayed "
      "WHERE state = 'queued' AND due = 0 AND ready_at > ?1) AS ready_at UNION ALL "
      "SELECT (SELECT min(ready_at) FROM jobs INDEXED BY jobs_ready "
      "WHERE state = 'queued' AND due = 1 AND ready_at > ?1))");
  return ReadTime(query.Bind(now));
}

std::optional<Time> NextExpiryOrWarning(SqliteConnection& db, Time now) {
  SqliteQuery query = db.Use(
      "SELECT min(at) FROM ("
      "SELECT (SELECT min(approval_expires_at) FROM jobs INDEXED BY jobs_by_expiry "
      "WHERE state = 'waiting_approval' AND approval_expires_at >= ?1) AS at UNION ALL "
      "SELECT (SELECT min(approval_warn_at) FROM jobs INDEXED BY jobs_by_warning "
      "WHERE approval_warn_at >= ?1))");
  return ReadTime(query.Bind(now));
}

std::vector<Job> ActiveJobsOfIssue(SqliteConnection& db, int64_t issue_id) {
  static const std::string sql = kSelectJob +
                                 "INDEXED BY jobs_by_issue WHERE issue_id = ? "
                                 "AND finished_at IS NULL ORDER BY id";
  SqliteQuery query = db.Use(sql);
  return ReadJobs(query.Bind(issue_id));
}

std::set<int64_t> ActiveIssues(SqliteConnection& db) {
  SqliteQuery query = db.Use(
      "SELECT DISTINCT issue_id FROM jobs INDEXED BY jobs_by_issue "
      "WHERE issue_id IS NOT NULL AND finished_at IS NULL");
  std::set<int64_t> issues;
  while (query.Step()) issues.insert(query.Int64());
  return issues;
}

}  // namespace jobgate::sqlite
