#include "src/api/store_json.h"

#include "src/api/json_values.h"
#include "src/api/object_reader.h"

namespace jobgate {
namespace {

constexpr size_t kPathBytesMax = 4095;
constexpr size_t kSqlBytesMax = 64 * 1024;
constexpr int64_t kRowsMax = 10'000;

Json Numbers(const std::vector<std::pair<std::string, int64_t>>& numbers) {
  Json json = Json::object();
  for (const auto& number : numbers) json[number.first] = number.second;
  return json;
}

}  // namespace

Json StoreFiguresJson(const StoreFigures& figures) {
  Json states = Json::object();
  StateTotals totals = figures.states;
  for (JobState state : kAllJobStates) states[std::string(NameOf(state))] = totals.Of(state);
  return {{"type", figures.type},
          {"path", figures.path},
          {"schemaVersion", figures.schema_version},
          {"bytes", Numbers(figures.bytes)},
          {"records", Numbers(figures.records)},
          {"states", std::move(states)},
          {"lastEventSeq", figures.last_event_seq},
          {"oldestJobAt", OrNull(figures.oldest_job_at)},
          {"newestEventAt", OrNull(figures.newest_event_at)}};
}

Json VerifyReportJson(const VerifyReport& report) {
  Json checks = Json::array();
  for (const StoreCheck& check : report.checks)
    checks.push_back({{"name", check.name},
                      {"lookedAt", check.looked_at},
                      {"findings", check.findings},
                      {"notes", check.notes}});
  return {{"sound", report.IsSound()}, {"checks", std::move(checks)}};
}

Json BackupReportJson(const BackupReport& report) {
  return {{"file", report.file},
          {"sizeBytes", report.size_bytes},
          {"sha256", report.sha256},
          {"jobs", report.jobs},
          {"lastEventSeq", report.last_event_seq}};
}

Json QueryResultJson(const QueryResult& result) {
  return {{"columns", result.columns}, {"rows", result.rows}, {"cutBy", OrNull(result.cut_by)}};
}

Json MigrationReportJson(const MigrationReport& report) {
  return {{"from", report.from}, {"to", report.to}};
}

Json ReplacementReportJson(const ReplacementReport& report) {
  return {{"keptAs", NullIfEmpty(report.kept_as)},
          {"jobs", report.jobs},
          {"lastEventSeq", report.last_event_seq}};
}

Json LeftOutJson(const LeftOut& left) {
  return {{"firstTurn", left.first_turn},
          {"lastTurn", left.last_turn},
          {"bytes", left.bytes},
          {"why", left.why}};
}

Result<std::string> StoreFileFromJson(const Json& body) {
  ObjectReader reader(body);
  reader.Require("path");
  std::string path = reader.Text("path", kPathBytesMax).value_or("/");
  if (!path.starts_with('/'))
    reader.Report("/path", "must be absolute: it is on the daemon's host");
  if (path.ends_with('/')) reader.Report("/path", "must name a file");
  JOBGATE_TRY(reader.Finish());
  return path;
}

Result<StoreQuestion> StoreQuestionFromJson(const Json& body) {
  ObjectReader reader(body);
  StoreQuestion question;
  reader.Require("sql");
  question.sql = reader.Prose("sql", kSqlBytesMax);
  if (const auto limit = reader.Integer("limit", 1, kRowsMax))
    question.limits.rows_max = static_cast<int>(*limit);
  JOBGATE_TRY(reader.Finish());
  return question;
}

}  // namespace jobgate
