#include "store/sqlite/job_row.h"

#include <array>
#include <string_view>
#include <utility>

#include "src/base/json.h"
#include "store/sqlite/sqlite_error.h"

namespace jobgate {
namespace {

constexpr std::array kFixedColumns = {
    "id",           "entrypoint",     "params_json",     "requester",
    "created_at",   "correlation_id", "idempotency_key", "plan_hash",
    "ref_id",       "parent_id",      "dedupe_key",      "trace_id",
    "replay",       "debug",          "from_dlq",        "config_revision",
    "attempts_max", "approval_ttl_ms"};

constexpr std::array kMovingColumns = {"state",
                                       "priority",
                                       "step",
                                       "step_name",
                                       "attempts",
                                       "tries",
                                       "interruptions",
                                       "updated_at",
                                       "started_at",
                                       "finished_at",
                                       "run_after",
                                       "ready_at",
                                       "issue_id",
                                       "issue_url",
                                       "approval_expires_at",
                                       "approval_warn_at",
                                       "spec_json",
                                       "git_commit",
                                       "gate_json",
                                       "stop_json",
                                       "result_json",
                                       "progress",
                                       "last_error",
                                       "exit_code",
                                       "signal",
                                       "retried_as",
                                       "dlq_reason",
                                       "cpu_ms",
                                       "rss_bytes_max"};

template <typename Columns>
std::string Joined(const Columns& columns, std::string_view after_each) {
  std::string text;
  for (std::string_view column : columns) {
    if (!text.empty()) text += ", ";
    text.append(column).append(after_each);
  }
  return text;
}

std::string AllColumns() {
  return Joined(kFixedColumns, "") + ", " + Joined(kMovingColumns, "");
}

std::string InsertSql() {
  std::string values = "?";
  for (size_t i = 0; i < kFixedColumns.size() + kMovingColumns.size(); ++i) values += ", ?";
  return "INSERT INTO jobs (" + AllColumns() + ", due) VALUES (" + values + ")";
}

// A queued job whose time has not come is not due; Claimable makes it due later.
int DueOf(const Job& job) {
  return job.state == JobState::kQueued && job.ready_at > job.updated_at ? 0 : 1;
}

std::string_view NameOf(StopIntent::Kind kind) {
  switch (kind) {
    case StopIntent::Kind::kCancel:
      return "cancel";
    case StopIntent::Kind::kFail:
      return "fail";
    case StopIntent::Kind::kDrain:
      return "drain";
  }
  return "";
}

StopIntent::Kind StopKindFromName(std::string_view name) {
  for (auto kind : {StopIntent::Kind::kCancel, StopIntent::Kind::kFail, StopIntent::Kind::kDrain})
    if (NameOf(kind) == name) return kind;
  throw Damaged("unknown kind of stop intent");
}

std::string ToText(const StopIntent& stop) {
  return Canonical({{"kind", NameOf(stop.kind)}, {"by", stop.by}, {"reason", stop.reason}});
}

Json ToJson(const GitHubVoice& voice) {
  Json json = {{"signal", voice.signal}, {"userId", voice.user_id},
               {"role", voice.role},     {"label", voice.label},
               {"isBot", voice.is_bot},  {"isRequester", voice.is_requester},
               {"isOwn", voice.is_own}};
  if (!voice.earlier_names.empty()) json["earlierNames"] = voice.earlier_names;
  return json;
}

Json ToJson(const Approval& approval) {
  Json json = {{"by", approval.by},
               {"atMs", ToUnixMs(approval.at)},
               {"via", approval.via},
               {"digest", approval.digest},
               {"comment", approval.comment}};
  if (approval.voice) json["voice"] = ToJson(*approval.voice);
  return json;
}

Json ToJson(const RefusedVoice& refusal) {
  return {{"signal", refusal.signal},
          {"by", refusal.by},
          {"atMs", ToUnixMs(refusal.at)},
          {"what", refusal.what},
          {"reason", refusal.reason}};
}

Json ToJson(const PostedRequest& posted) {
  return {{"atMs", ToUnixMs(posted.at)},
          {"commentId", posted.comment_id},
          {"textHash", posted.text_hash},
          {"requesterId", posted.requester_id}};
}

Json ToJson(const StepOutput& output) {
  return {{"attempt", output.attempt},
          {"stdoutSha256", output.stdout_sha256},
          {"resultSha256", output.result_sha256}};
}

Json ToJson(const PlanCheck& check) {
  Json json = {{"attempt", check.attempt}};
  if (check.passed_at) json["passedAtMs"] = ToUnixMs(*check.passed_at);
  return json;
}

template <typename T>
Json ListJson(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(ToJson(value));
  return list;
}

std::string ToText(const GateRequest& gate) {
  Json json = {{"nonce", gate.nonce},
               {"digest", gate.digest},
               {"files", gate.files},
               {"requestedAtMs", ToUnixMs(gate.requested_at)},
               {"reason", gate.reason},
               {"askedByJob", gate.asked_by_job},
               {"approvals", ListJson(gate.approvals)},
               {"usedByAttempt", gate.used_by_attempt}};
  if (gate.posted) json["posted"] = ToJson(*gate.posted);
  if (!gate.refusals.empty()) json["refusals"] = ListJson(gate.refusals);
  if (gate.output) json["output"] = ToJson(*gate.output);
  if (gate.check) json["check"] = ToJson(*gate.check);
  return Canonical(json);
}

StopIntent StopFrom(const Json& json) {
  return {StopKindFromName(json.at("kind").get<std::string>()), json.at("by"), json.at("reason")};
}

GitHubVoice VoiceFrom(const Json& json) {
  GitHubVoice voice;
  voice.signal = json.at("signal");
  voice.user_id = json.at("userId");
  voice.role = json.at("role");
  voice.label = json.at("label");
  voice.is_bot = json.at("isBot");
  voice.is_requester = json.at("isRequester");
  voice.is_own = json.at("isOwn");
  if (json.contains("earlierNames")) json.at("earlierNames").get_to(voice.earlier_names);
  return voice;
}

Approval ApprovalFrom(const Json& json) {
  Approval approval{json.at("by"), FromUnixMs(json.at("atMs")), json.at("via"), json.at("digest"),
                    json.at("comment")};
  if (json.contains("voice")) approval.voice = VoiceFrom(json.at("voice"));
  return approval;
}

RefusedVoice RefusalFrom(const Json& json) {
  return {json.at("signal"), json.at("by"), FromUnixMs(json.at("atMs")), json.at("what"),
          json.at("reason")};
}

PostedRequest PostedFrom(const Json& json) {
  return {FromUnixMs(json.at("atMs")), json.at("commentId"), json.at("textHash"),
          json.at("requesterId")};
}

StepOutput OutputFrom(const Json& json) {
  return {json.at("attempt"), json.at("stdoutSha256"), json.at("resultSha256")};
}

PlanCheck CheckFrom(const Json& json) {
  PlanCheck check{json.at("attempt"), std::nullopt};
  if (json.contains("passedAtMs")) check.passed_at = FromUnixMs(json.at("passedAtMs"));
  return check;
}

GateRequest GateFrom(const Json& json) {
  GateRequest gate;
  gate.nonce = json.at("nonce");
  gate.digest = json.at("digest");
  gate.files = json.at("files").get<std::map<std::string, std::string>>();
  gate.requested_at = FromUnixMs(json.at("requestedAtMs"));
  gate.reason = json.at("reason");
  gate.asked_by_job = json.at("askedByJob");
  for (const Json& approval : json.at("approvals"))
    gate.approvals.push_back(ApprovalFrom(approval));
  gate.used_by_attempt = json.at("usedByAttempt");
  if (json.contains("posted")) gate.posted = PostedFrom(json.at("posted"));
  if (json.contains("refusals"))
    for (const Json& refusal : json.at("refusals")) gate.refusals.push_back(RefusalFrom(refusal));
  if (json.contains("output")) gate.output = OutputFrom(json.at("output"));
  if (json.contains("check")) gate.check = CheckFrom(json.at("check"));
  return gate;
}

// In our words: the parser's own are for who knows the parser.
std::string WhyNoValue(const std::string& text) {
  const auto parsed = ParseJson(text);
  return parsed ? "it holds something else than jobgate writes there" : parsed.error().message;
}

template <typename T>
std::optional<T> FromText(const std::optional<std::string>& text, T (*from)(const Json&)) {
  if (!text) return std::nullopt;
  try {
    return from(Json::parse(*text));
  } catch (const Json::exception&) {
    throw Damaged("a job's JSON column: " + WhyNoValue(*text));
  }
}

template <typename T>
std::optional<std::string> ToOptionalText(const std::optional<T>& value) {
  return value ? std::optional<std::string>(ToText(*value)) : std::nullopt;
}

JobState StateFrom(const std::string& name) {
  const std::optional<JobState> state = JobStateFromName(name);
  if (!state) throw Damaged("unknown job state '" + name + "'");
  return *state;
}

void BindFixed(SqliteQuery& query, const Job& job) {
  query.Bind(job.id)
      .Bind(job.entrypoint)
      .Bind(job.params)
      .Bind(job.requester)
      .Bind(job.created_at)
      .Bind(job.correlation_id)
      .Bind(job.idempotency_key)
      .Bind(job.plan_hash)
      .Bind(job.ref_id)
      .Bind(job.parent_id)
      .Bind(job.dedupe_key)
      .Bind(job.trace_id)
      .Bind(job.replay)
      .Bind(job.debug)
      .Bind(job.from_dlq)
      .Bind(job.config_revision)
      .Bind(job.attempts_max)
      .Bind(job.approval_ttl.count());
}

void BindMoving(SqliteQuery& query, const Job& job) {
  query.Bind(NameOf(job.state))
      .Bind(static_cast<int>(job.priority))
      .Bind(job.step)
      .Bind(job.step_name)
      .Bind(job.attempts)
      .Bind(job.tries)
      .Bind(job.interruptions)
      .Bind(job.updated_at)
      .Bind(job.started_at)
      .Bind(job.finished_at)
      .Bind(job.run_after)
      .Bind(job.ready_at)
      .Bind(job.issue_id)
      .Bind(job.issue_url)
      .Bind(job.approval_expires_at)
      .Bind(job.approval_warn_at)
      .Bind(job.spec)
      .Bind(job.git_commit)
      .BindCopy(ToOptionalText(job.gate))
      .BindCopy(ToOptionalText(job.stop))
      .Bind(job.result)
      .Bind(job.progress)
      .Bind(job.last_error)
      .Bind(job.exit_code)
      .Bind(job.signal)
      .Bind(job.retried_as)
      .Bind(job.dlq_reason)
      .Bind(job.usage.cpu_ms)
      .Bind(job.usage.rss_bytes_max)
      .Bind(DueOf(job));
}

void ReadFixed(SqliteQuery& row, Job& job) {
  job.id = row.Text();
  job.entrypoint = row.Text();
  job.params = row.Text();
  job.requester = row.Text();
  job.created_at = row.At();
  job.correlation_id = row.OptionalText();
  job.idempotency_key = row.OptionalText();
  job.plan_hash = row.OptionalText();
  job.ref_id = row.OptionalText();
  job.parent_id = row.OptionalText();
  job.dedupe_key = row.OptionalText();
  job.trace_id = row.Text();
  job.replay = row.Bool();
  job.debug = row.Bool();
  job.from_dlq = row.Bool();
  job.config_revision = row.Text();
  job.attempts_max = row.Int();
  job.approval_ttl = Duration(row.Int64());
}

void ReadMoving(SqliteQuery& row, Job& job) {
  job.state = StateFrom(row.Text());
  job.priority = static_cast<Priority>(row.Int());
  job.step = row.Int();
  job.step_name = row.Text();
  job.attempts = row.Int();
  job.tries = row.Int();
  job.interruptions = row.Int();
  job.updated_at = row.At();
  job.started_at = row.OptionalAt();
  job.finished_at = row.OptionalAt();
  job.run_after = row.OptionalAt();
  job.ready_at = row.At();
  job.issue_id = row.OptionalInt64();
  job.issue_url = row.OptionalText();
  job.approval_expires_at = row.OptionalAt();
  job.approval_warn_at = row.OptionalAt();
  job.spec = row.OptionalText();
  job.git_commit = row.OptionalText();
  job.gate = FromText(row.OptionalText(), GateFrom);
  job.stop = FromText(row.OptionalText(), StopFrom);
  job.result = row.OptionalText();
  job.progress = row.OptionalText();
  job.last_error = row.OptionalText();
  job.exit_code = row.OptionalInt();
  job.signal = row.OptionalInt();
  job.retried_as = row.OptionalText();
  job.dlq_reason = row.OptionalText();
  job.usage.cpu_ms = row.Int64();
  job.usage.rss_bytes_max = row.Int64();
}

}  // namespace

const std::string kSelectJob = "SELECT " + AllColumns() + " FROM jobs ";
const std::string kInsertJob = InsertSql();
const std::string kUpdateJob =
    "UPDATE jobs SET " + Joined(kMovingColumns, " = ?") +
    ", due = ? WHERE id = ? AND state = ? AND attempts = ? AND priority = ?";

void BindNewJob(SqliteQuery& query, const Job& job) {
  BindFixed(query, job);
  BindMoving(query, job);
}

void BindMovedJob(SqliteQuery& query, const Job& job) {
  BindMoving(query, job);
}

Job ReadJob(SqliteQuery& query) {
  Job job;
  ReadFixed(query, job);
  ReadMoving(query, job);
  return job;
}

}  // namespace jobgate
