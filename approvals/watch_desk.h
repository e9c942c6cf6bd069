// The engine's side of the approval watcher (approvals/watcher/): what it asks for, and what it
// brings.
#pragma once
#include <vector>

#include "approvals/approval_work.h"
#include "approvals/issue_message.h"
#include "approvals/issue_observation.h"
#include "src/turn/turn.h"

namespace jobgate {

Result<ApprovalWork> FindApprovalWork(const Turn& turn);

// `look` is when it began. `saw_all`: every issue that a job stands on was looked at, or is
// known to be as it was. Jobs that were held back for it may start. Errors: of the store.
Result<void> HearOfIssues(Turn& turn, const std::vector<IssueObservation>& issues, LookTime look,
                          bool saw_all);

// The message leaves the outbox, or is parked; a request stands from now on. Errors: of the store.
Result<void> HearOfDelivery(Turn& turn, const DeliveryReport& delivery);

// Keeps an approved job from starting until somebody has looked at its issue.
Result<Job> HoldForLook(Turn& turn, const Job& job);

}  // namespace jobgate
