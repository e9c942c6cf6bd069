#include "src/api/approval_json.h"

#include <algorithm>

#include "src/api/job_json.h"
#include "src/api/json_values.h"
#include "src/base/ascii.h"

namespace jobgate {
namespace {

std::string Locally(const Job& job, const std::string& command) {
  return "jobgate " + command + " " + job.id;
}

bool IsDecidedHere(const GatePolicy& policy) {
  return !policy.github || policy.github->allow_local;
}

std::string ByLabel(const Job& job, const std::string& label) {
  return "gh issue edit " + std::to_string(*job.issue_id) + " --add-label " + label;
}

// A label that stands already makes no new event.
bool Stands(const Job& job, const std::string& label) {
  return job.gate && std::ranges::any_of(job.gate->approvals, [&](const Approval& one) {
           return one.voice && IsSameFolded(one.voice->label, label);
         });
}

}  // namespace

namespace {

Json OutputJson(const StepOutput& output) {
  Json json = Json::object();
  json["attempt"] = output.attempt;
  json["stdoutSha256"] = output.stdout_sha256;
  json["resultSha256"] = NullIfEmpty(output.result_sha256);
  return json;
}

}  // namespace

Json ApprovalJson(const Job& job, const std::optional<GatedStep>& gated) {
  Json json = Json::object();
  json["job"] = JobJson(job);
  for (const char* key : {"step", "digest", "issueId", "issueUrl", "approvals"})
    json[key] = json["job"][key];
  json["expiresAt"] = OrNull(job.approval_expires_at);
  json["reason"] = job.gate ? NullIfEmpty(job.gate->reason) : Json(nullptr);
  json["requestedAt"] = job.gate ? Json(FormatTime(job.gate->requested_at)) : Json(nullptr);
  json["files"] = job.gate ? Json(job.gate->files) : Json::object();
  json["output"] = job.gate && job.gate->output ? OutputJson(*job.gate->output) : Json(nullptr);
  json["argv"] = gated ? Json(gated->argv) : Json(nullptr);
  json["cwd"] = gated ? Json(gated->cwd) : Json(nullptr);
  json["limits"] = gated ? ToJson(gated->limits) : Json(nullptr);
  json["minApprovals"] = gated ? Json(gated->policy.approvals_min) : Json(nullptr);
  json["approvers"] = gated ? Json(gated->policy.approvers) : Json(nullptr);
  json["allowSelfApproval"] = gated ? Json(gated->policy.self_approval) : Json(nullptr);
  json["who"] = gated ? Json(WhoMayApprove(gated->policy, job.requester)) : Json(nullptr);
  json["approve"] = gated ? NullIfEmpty(HowToApprove(job, gated->policy)) : Json(nullptr);
  json["reject"] = gated ? NullIfEmpty(HowToReject(job, gated->policy)) : Json(nullptr);
  return json;
}

std::string HowToApprove(const Job& job, const GatePolicy& policy) {
  if (IsDecidedHere(policy)) return Locally(job, "approve");
  if (!job.issue_id) return "";
  for (const std::string& label : policy.github->approve_labels)
    if (!Stands(job, label)) return ByLabel(job, label);
  if (!job.gate) return "";
  return "gh issue comment " + std::to_string(*job.issue_id) + " --body '/approve " +
         job.gate->digest.substr(0, 12) + "'";
}

std::string HowToReject(const Job& job, const GatePolicy& policy) {
  if (IsDecidedHere(policy)) return Locally(job, "reject");
  if (!job.issue_id || policy.github->reject_labels.empty()) return "";
  return ByLabel(job, policy.github->reject_labels.front());
}

std::string WhoMayApprove(const GatePolicy& policy, const Actor& requester) {
  std::string who;
  for (const std::string& approver : policy.approvers) who += (who.empty() ? "" : ", ") + approver;
  if (who.empty())
    who = policy.github
              ? "anyone with " + policy.github->permission_min + " permission in the repository"
              : "anyone who may approve";
  if (!policy.self_approval) who += ", but not " + requester + " who asked for it";
  return who;
}

}  // namespace jobgate
