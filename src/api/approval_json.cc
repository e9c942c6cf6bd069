#include "src/api/approval_json.h"

#include "src/api/job_json.h"
#include "src/api/json_values.h"

namespace jobgate {

Json ApprovalJson(const Job& job, const std::optional<GatedStep>& gated) {
  Json json = Json::object();
  json["job"] = JobJson(job);
  for (const char* key : {"step", "digest", "issueId", "issueUrl", "approvals"})
    json[key] = json["job"][key];
  json["expiresAt"] = OrNull(job.approval_expires_at);
  json["reason"] = job.gate ? NullIfEmpty(job.gate->reason) : Json(nullptr);
  json["requestedAt"] = job.gate ? Json(FormatTime(job.gate->requested_at)) : Json(nullptr);
  json["files"] = job.gate ? Json(job.gate->files) : Json::object();
  json["argv"] = gated ? Json(gated->argv) : Json(nullptr);
  json["cwd"] = gated ? Json(gated->cwd) : Json(nullptr);
  json["limits"] = gated ? ToJson(gated->limits) : Json(nullptr);
  json["minApprovals"] = gated ? Json(gated->policy.approvals_min) : Json(nullptr);
  json["approvers"] = gated ? Json(gated->policy.approvers) : Json(nullptr);
  json["allowSelfApproval"] = gated ? Json(gated->policy.self_approval) : Json(nullptr);
  return json;
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
