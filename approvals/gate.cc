#include "approvals/gate.h"

#include <algorithm>
#include <set>

namespace jobgate {
namespace {

bool IsListed(const GatePolicy& policy, const Actor& actor) {
  return std::any_of(
      policy.approvers.begin(), policy.approvers.end(),
      [&](const std::string& listed) { return listed == actor || listed == NameOfActor(actor); });
}

// Distinct people whose approval of exactly this digest both policies accept.
int CountValid(const GateQuestion& question) {
  std::set<std::string_view> people;
  for (const Approval& approval : question.request->approvals)
    if (approval.digest == question.request->digest &&
        MayApprove(*question.approved_policy, question.requester, approval.by) &&
        MayApprove(*question.current_policy, question.requester, approval.by))
      people.insert(NameOfActor(approval.by));
  return static_cast<int>(people.size());
}

}  // namespace

Result<void> MayApprove(const GatePolicy& policy, const Actor& requester, const Actor& actor) {
  if (!policy.self_approval && IsSamePerson(actor, requester))
    return Fail(Code::kForbidden,
                actor +
                    " asked for this job and may not approve it: another person has to "
                    "(approval.allowSelfApproval)");
  if (!policy.approvers.empty() && !IsListed(policy, actor))
    return Fail(Code::kForbidden,
                actor + " is not among the approvers of this gate (approval.approvers)");
  return {};
}

GateVerdict DecideGate(const GateQuestion& question) {
  if (question.digest_now != question.request->digest) return GateDrifted{};
  const int needed =
      std::max(question.approved_policy->approvals_min, question.current_policy->approvals_min);
  const int missing = needed - CountValid(question);
  if (missing > 0) return GateWaiting{missing};
  if (!question.another_try && question.now >= question.expires_at) return GateExpired{};
  return GateOpen{};
}

}  // namespace jobgate
