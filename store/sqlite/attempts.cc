#include "store/sqlite/attempts.h"

#include <optional>
#include <string>

#include "store/refusals.h"

namespace jobgate::sqlite {
const std::string kSelectAttempt =
    "SELECT job_id, number, step, step_name, incarnation, started_at, ended_at, outcome, "
    "exit_code, signal, error, digest, cpu_ms, rss_bytes_max FROM attempts ";

Attempt ReadAttempt(SqliteQuery& row) {
  Attempt attempt;
  attempt.job_id = row.Text();
  attempt.number = row.Int();
  attempt.step = row.Int();
  attempt.step_name = row.Text();
  attempt.incarnation = row.Text();
  attempt.started_at = row.At();
  attempt.ended_at = row.OptionalAt();
  attempt.outcome = row.OptionalText();
  attempt.exit_code = row.OptionalInt();
  attempt.signal = row.OptionalInt();
  attempt.error = row.OptionalText();
  attempt.digest = row.OptionalText();
  attempt.usage.cpu_ms = row.Int64();
  attempt.usage.rss_bytes_max = row.Int64();
  return attempt;
}

namespace {

std::vector<Attempt> ReadAttempts(SqliteQuery& query) {
  std::vector<Attempt> attempts;
  while (query.Step()) attempts.push_back(ReadAttempt(query));
  return attempts;
}

}  // namespace

std::vector<Attempt> AttemptsOf(SqliteConnection& db, const JobId& id) {
  static const std::string sql = kSelectAttempt + "WHERE job_id = ? ORDER BY number";
  SqliteQuery query = db.Use(sql);
  return ReadAttempts(query.Bind(id));
}

std::vector<Attempt> FailedAttempts(SqliteConnection& db, Time from, int limit) {
  static const std::string sql =
      kSelectAttempt +
      "INDEXED BY attempts_failed WHERE (outcome = 'failed' OR outcome = 'timed_out' "
      "OR outcome = 'spawn_failed' OR outcome = 'interrupted') AND ended_at >= ? "
      "ORDER BY ended_at DESC, job_id DESC, number DESC LIMIT ?";
  SqliteQuery query = db.Use(sql);
  return ReadAttempts(query.Bind(from).Bind(limit));
}

void InsertAttempt(SqliteConnection& db, const Attempt& attempt) {
  SqliteQuery query = db.Use(
      "INSERT INTO attempts (job_id, number, step, step_name, incarnation, started_at, ended_at, "
      "outcome, exit_code, signal, error, digest, cpu_ms, rss_bytes_max) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.Bind(attempt.job_id)
      .Bind(attempt.number)
      .Bind(attempt.step)
      .Bind(attempt.step_name)
      .Bind(attempt.incarnation)
      .Bind(attempt.started_at)
      .Bind(attempt.ended_at)
      .Bind(attempt.outcome)
      .Bind(attempt.exit_code)
      .Bind(attempt.signal)
      .Bind(attempt.error)
      .Bind(attempt.digest)
      .Bind(attempt.usage.cpu_ms)
      .Bind(attempt.usage.rss_bytes_max)
      .Run();
}

Result<void> FinishAttempt(SqliteConnection& db, const Attempt& attempt) {
  SqliteQuery query = db.Use(
      "UPDATE attempts SET ended_at = ?, outcome = ?, exit_code = ?, signal = ?, error = ?, "
      "cpu_ms = ?, rss_bytes_max = ? WHERE job_id = ? AND number = ? AND ended_at IS NULL");
  query.Bind(attempt.ended_at)
      .Bind(attempt.outcome)
      .Bind(attempt.exit_code)
      .Bind(attempt.signal)
      .Bind(attempt.error)
      .Bind(attempt.usage.cpu_ms)
      .Bind(attempt.usage.rss_bytes_max);
  if (query.Bind(attempt.job_id).Bind(attempt.number).Run() == 1) return {};
  return Fail(AttemptHasEnded(attempt));
}

std::vector<std::string> LastOutcomes(SqliteConnection& db, int limit) {
  SqliteQuery query = db.Use(
      "SELECT outcome FROM attempts INDEXED BY attempts_ended WHERE ended_at IS NOT NULL "
      "AND incarnation <> ? ORDER BY ended_at DESC, job_id DESC, number DESC LIMIT ?");
  query.Bind(std::string_view(kDryRun)).Bind(limit);
  std::vector<std::string> outcomes;
  while (query.Step()) outcomes.push_back(query.Text());
  return outcomes;
}

}  // namespace jobgate::sqlite
