#include "src/api/approval_json.h"

#include "src/api/job_json.h"
#include "src/api/json_values.h"

namespace jobgate {
namespace {

std::string HowToDecide(const Job& job, const GatePolicy& policy, const std::string& command,
                        const std::vector<std::string> GitHubRules::*labels) {
  if (!policy.github || policy.github->allow_local) return "jobgate " + command + " " + job.id;
  const std::vector<std::string>& names = (*policy.github).*labels;
  if (!job.issue_id || names.empty()) return "";
  return "gh issue edit " + std::to_string(*job.issue_id) + " --add-label " + names.front();
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
  return HowToDecide(job, policy, "approve", &GitHubRules::approve_labels);
}

std::string HowToReject(const Job& job, const GatePolicy& policy) {
  return HowToDecide(job, policy, "reject", &GitHubRules::reject_labels);
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
