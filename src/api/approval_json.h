// Jobs that wait at a gate, as GET /api/v1/approvals shows them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/config/config.h"
#include "src/job/job.h"

namespace jobgate {

// What runs once the job is approved, and who may approve it.
struct GatedStep {
  std::vector<std::string> argv;  // rendered
  std::string cwd;
  GatePolicy policy;
  ProcessLimits limits;
};

// {job, step, argv, cwd, limits, files, output, reason, requestedAt, expiresAt, digest, issueId,
// issueUrl, approvals, minApprovals, approvers, allowSelfApproval, who, approve, reject}: the last
// three are words and commands for people. What is not known is null: `gated` is absent where the
// declaration is gone.
Json ApprovalJson(const Job& job, const std::optional<GatedStep>& gated);

// "alice or bob", "anyone with the permission to approve", with what the policy excludes.
std::string WhoMayApprove(const GatePolicy& policy, const Actor& requester);
// The command that approves or rejects what `job` waits for; "" while it has no issue to do it on.
std::string HowToApprove(const Job& job, const GatePolicy& policy);
std::string HowToReject(const Job& job, const GatePolicy& policy);

}  // namespace jobgate
