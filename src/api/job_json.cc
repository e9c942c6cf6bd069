#include "src/api/job_json.h"

#include "src/api/json_values.h"

namespace jobgate {
namespace {

Json ApprovalsJson(const Job& job) {
  Json list = Json::array();
  if (!job.gate) return list;
  for (const Approval& approval : job.gate->approvals) {
    Json& item = list.emplace_back(Json::object());
    item["by"] = approval.by;
    item["at"] = FormatTime(approval.at);
    item["via"] = approval.via;
    item["digest"] = approval.digest;
  }
  return list;
}

void AddSubmission(Json& json, const Job& job) {
  json["id"] = job.id;
  json["entrypoint"] = job.entrypoint;
  json["params"] = StoredJson(job.params);
  json["priority"] = NameOf(job.priority);
  json["maxAttempts"] = job.attempts_max;
  json["requester"] = job.requester;
  json["correlationId"] = OrNull(job.correlation_id);
  json["idempotencyKey"] = OrNull(job.idempotency_key);
  json["planHash"] = OrNull(job.plan_hash);
  json["refId"] = OrNull(job.ref_id);
  json["issueId"] = OrNull(job.issue_id);
  json["issueUrl"] = OrNull(job.issue_url);
  json["parentId"] = OrNull(job.parent_id);
  json["replay"] = job.replay;
  json["debug"] = job.debug;
  json["configRevision"] = job.config_revision;
  json["gitCommit"] = OrNull(job.git_commit);
}

void AddProgress(Json& json, const Job& job) {
  json["state"] = NameOf(job.state);
  json["attempts"] = job.attempts;
  json["tries"] = job.tries;
  json["step"] = NullIfEmpty(job.step_name);
  json["createdAt"] = FormatTime(job.created_at);
  json["updatedAt"] = FormatTime(job.updated_at);
  json["startedAt"] = OrNull(job.started_at);
  json["finishedAt"] = OrNull(job.finished_at);
  json["runAfter"] = OrNull(job.run_after);
  json["approvalExpiresAt"] = OrNull(job.approval_expires_at);
  json["approvals"] = ApprovalsJson(job);
  json["digest"] = job.gate ? NullIfEmpty(job.gate->digest) : Json(nullptr);
}

void AddOutcome(Json& json, const Job& job) {
  json["result"] = job.result ? StoredJson(*job.result) : Json(nullptr);
  json["progress"] = OrNull(job.progress);
  json["lastError"] = OrNull(job.last_error);
  json["exitCode"] = OrNull(job.exit_code);
  json["signal"] = OrNull(job.signal);
  json["retriedAs"] = OrNull(job.retried_as);
  Json& usage = json["usage"];
  usage["cpuMs"] = job.usage.cpu_ms;
  usage["maxRssBytes"] = job.usage.rss_bytes_max;
}

}  // namespace

Json JobJson(const Job& job) {
  Json json = Json::object();
  AddSubmission(json, job);
  AddProgress(json, job);
  AddOutcome(json, job);
  return json;
}

}  // namespace jobgate
