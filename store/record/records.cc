#include "store/record/records.h"

#include <concepts>
#include <type_traits>

#include "store/record/fields.h"

namespace jobgate {
namespace {

std::string_view NameOfStop(StopIntent::Kind kind) {
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

std::optional<StopIntent::Kind> StopKindFromName(std::string_view name) {
  for (auto kind : {StopIntent::Kind::kCancel, StopIntent::Kind::kFail, StopIntent::Kind::kDrain})
    if (NameOfStop(kind) == name) return kind;
  return std::nullopt;
}

// Each visits a record, const or not, field by field. A new field goes where no older file has
// one, at any place: what a file does not have stays as it is by default.

constexpr auto kNameFields = [](auto& name, auto& fields) { fields.Text("by", name); };

constexpr auto kVoiceFields = [](auto& voice, auto& fields) {
  fields.Text("signal", voice.signal);
  fields.Number("userId", voice.user_id);
  fields.Text("role", voice.role);
  fields.Text("label", voice.label);
  fields.Flag("isBot", voice.is_bot);
  fields.Flag("isRequester", voice.is_requester);
  fields.Flag("isOwn", voice.is_own);
  fields.Records("earlierNames", voice.earlier_names, kNameFields);
};

constexpr auto kApprovalFields = [](auto& approval, auto& fields) {
  fields.Text("by", approval.by);
  fields.At("atMs", approval.at);
  fields.Text("via", approval.via);
  fields.Text("digest", approval.digest);
  fields.Text("comment", approval.comment);
  fields.Record("voice", approval.voice, kVoiceFields);
};

constexpr auto kRefusalFields = [](auto& refusal, auto& fields) {
  fields.Text("signal", refusal.signal);
  fields.Text("by", refusal.by);
  fields.At("atMs", refusal.at);
  fields.Text("what", refusal.what);
  fields.Text("reason", refusal.reason);
};

constexpr auto kPostedFields = [](auto& posted, auto& fields) {
  fields.At("atMs", posted.at);
  fields.Number("commentId", posted.comment_id);
  fields.Text("textHash", posted.text_hash);
  fields.Number("requesterId", posted.requester_id);
};

constexpr auto kOutputFields = [](auto& output, auto& fields) {
  fields.Count("attempt", output.attempt);
  fields.Text("stdoutSha256", output.stdout_sha256);
  fields.Text("resultSha256", output.result_sha256);
};

constexpr auto kCheckFields = [](auto& check, auto& fields) {
  fields.Count("attempt", check.attempt);
  fields.At("passedAtMs", check.passed_at);
};

constexpr auto kGateFields = [](auto& gate, auto& fields) {
  fields.Text("nonce", gate.nonce);
  fields.Text("digest", gate.digest);
  fields.TextMap("files", gate.files);
  fields.At("requestedAtMs", gate.requested_at);
  fields.Text("reason", gate.reason);
  fields.Flag("askedByJob", gate.asked_by_job);
  fields.Records("approvals", gate.approvals, kApprovalFields);
  fields.Number("usedByAttempt", gate.used_by_attempt);
  fields.Record("posted", gate.posted, kPostedFields);
  fields.Records("refusals", gate.refusals, kRefusalFields);
  fields.Record("output", gate.output, kOutputFields);
  fields.Record("check", gate.check, kCheckFields);
};

constexpr auto kStopFields = [](auto& stop, auto& fields) {
  fields.Name("kind", stop.kind, NameOfStop, StopKindFromName);
  fields.Text("by", stop.by);
  fields.Text("reason", stop.reason);
};

constexpr auto kNameOf = [](auto value) { return NameOf(value); };

template <typename J, typename Fields>
void VisitFixed(J& job, Fields& fields) {
  fields.Text("id", job.id);
  fields.Text("entrypoint", job.entrypoint);
  fields.Json("params", job.params);
  fields.Text("requester", job.requester);
  fields.At("createdAtMs", job.created_at);
  fields.Text("correlationId", job.correlation_id);
  fields.Text("idempotencyKey", job.idempotency_key);
  fields.Text("planHash", job.plan_hash);
  fields.Text("refId", job.ref_id);
  fields.Text("parentId", job.parent_id);
  fields.Text("dedupeKey", job.dedupe_key);
  fields.Text("traceId", job.trace_id);
  fields.Flag("replay", job.replay);
  fields.Flag("debug", job.debug);
  fields.Flag("fromDlq", job.from_dlq);
  fields.Text("configRevision", job.config_revision);
  fields.Count("maxAttempts", job.attempts_max);
}

template <typename J, typename Fields>
void VisitMoving(J& job, Fields& fields) {
  fields.Name("state", job.state, kNameOf, JobStateFromName);
  fields.Name("priority", job.priority, kNameOf, PriorityFromName);
  fields.Count("step", job.step);
  fields.Text("stepName", job.step_name);
  fields.Count("attempts", job.attempts);
  fields.Count("tries", job.tries);
  fields.Number("interruptions", job.interruptions);
  fields.At("updatedAtMs", job.updated_at);
  fields.At("startedAtMs", job.started_at);
  fields.At("finishedAtMs", job.finished_at);
  fields.At("runAfterMs", job.run_after);
  fields.At("readyAtMs", job.ready_at);
  fields.Number("issueId", job.issue_id);
  fields.Text("issueUrl", job.issue_url);
  fields.At("approvalExpiresAtMs", job.approval_expires_at);
  fields.At("approvalWarnAtMs", job.approval_warn_at);
  fields.Json("spec", job.spec);
  fields.Text("gitCommit", job.git_commit);
  fields.Record("gate", job.gate, kGateFields);
  fields.Record("stop", job.stop, kStopFields);
  fields.Json("result", job.result);
  fields.Text("progress", job.progress);
  fields.Text("lastError", job.last_error);
  fields.Number("exitCode", job.exit_code);
  fields.Number("signal", job.signal);
  fields.Text("retriedAs", job.retried_as);
  fields.Text("dlqReason", job.dlq_reason);
  fields.Number("cpuMs", job.usage.cpu_ms);
  fields.Number("maxRssBytes", job.usage.rss_bytes_max);
}

template <typename A, typename Fields>
void VisitAttempt(A& attempt, Fields& fields) {
  fields.Text("jobId", attempt.job_id);
  fields.Count("number", attempt.number);
  fields.Count("step", attempt.step);
  fields.Text("stepName", attempt.step_name);
  fields.Text("incarnation", attempt.incarnation);
  fields.At("startedAtMs", attempt.started_at);
  fields.At("endedAtMs", attempt.ended_at);
  fields.Text("outcome", attempt.outcome);
  fields.Number("exitCode", attempt.exit_code);
  fields.Number("signal", attempt.signal);
  fields.Text("error", attempt.error);
  fields.Text("digest", attempt.digest);
  fields.Number("cpuMs", attempt.usage.cpu_ms);
  fields.Number("maxRssBytes", attempt.usage.rss_bytes_max);
}

template <typename E, typename Fields>
void VisitEvent(E& event, Fields& fields) {
  fields.Count("seq", event.seq);
  fields.At("atMs", event.at);
  fields.Text("type", event.type);
  fields.Text("jobId", event.job_id);
  fields.Text("actor", event.actor);
  fields.Json("payload", event.payload);
  fields.Text("chain", event.chain);
}

template <typename Fields>
void Visit(const Job& job, Fields& fields) {
  VisitFixed(job, fields);
  fields.Number("approvalTtlMs", job.approval_ttl.count());
  VisitMoving(job, fields);
}
template <typename Fields>
void Visit(Job& job, Fields& fields) {
  int64_t ttl_ms = 0;
  VisitFixed(job, fields);
  fields.Number("approvalTtlMs", ttl_ms);
  VisitMoving(job, fields);
  job.approval_ttl = Duration(ttl_ms);
}

template <typename A, typename Fields>
requires std::same_as<std::remove_const_t<A>, Attempt>
void Visit(A& attempt, Fields& fields) {
  VisitAttempt(attempt, fields);
}

template <typename E, typename Fields>
requires std::same_as<std::remove_const_t<E>, Event>
void Visit(E& event, Fields& fields) {
  VisitEvent(event, fields);
}

template <typename K, typename Fields>
requires std::same_as<std::remove_const_t<K>, IdempotencyRecord>
void Visit(K& key, Fields& fields) {
  fields.Text("key", key.key);
  fields.Text("jobId", key.job_id);
  fields.Text("requestHash", key.request_hash);
}

template <typename M, typename Fields>
requires std::same_as<std::remove_const_t<M>, OutboxMessage>
void Visit(M& message, Fields& fields) {
  fields.Text("id", message.id);
  fields.Text("jobId", message.job_id);
  fields.Text("kind", message.kind);
  fields.Json("request", message.request);
  fields.At("createdAtMs", message.created_at);
  fields.Text("parked", message.parked);
}

template <typename S, typename Fields>
requires std::same_as<std::remove_const_t<S>, record::Setting>
void Visit(S& setting, Fields& fields) {
  fields.Text("key", setting.key);
  fields.Text("value", setting.value);
}

template <typename T>
void AppendRecord(std::string& out, const T& value) {
  record::FieldWriter fields(out);
  Visit(value, fields);
  fields.Close();
}

template <typename T>
bool ReadRecord(record::JsonScanner& in, T& value) {
  record::FieldReader fields(in);
  Visit(value, fields);
  return fields.Close();
}

}  // namespace

namespace record {

void Append(std::string& out, const Job& job) {
  AppendRecord(out, job);
}
void Append(std::string& out, const Attempt& attempt) {
  AppendRecord(out, attempt);
}
void Append(std::string& out, const Event& event) {
  AppendRecord(out, event);
}
void Append(std::string& out, const IdempotencyRecord& key) {
  AppendRecord(out, key);
}
void Append(std::string& out, const OutboxMessage& message) {
  AppendRecord(out, message);
}
void Append(std::string& out, const Setting& setting) {
  AppendRecord(out, setting);
}

bool Read(JsonScanner& in, Job& job) {
  return ReadRecord(in, job);
}
bool Read(JsonScanner& in, Attempt& attempt) {
  return ReadRecord(in, attempt);
}
bool Read(JsonScanner& in, Event& event) {
  return ReadRecord(in, event);
}
bool Read(JsonScanner& in, IdempotencyRecord& key) {
  return ReadRecord(in, key);
}
bool Read(JsonScanner& in, OutboxMessage& message) {
  return ReadRecord(in, message);
}
bool Read(JsonScanner& in, Setting& setting) {
  return ReadRecord(in, setting);
}

}  // namespace record
}  // namespace jobgate
