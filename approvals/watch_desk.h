// The engine's side of the approval watcher (approvals/watcher/): what it asks for, and what it
// brings.
#pragma once
#include <set>

#include "approvals/approval_work.h"
#include "approvals/issue_message.h"
#include "approvals/issue_observation.h"
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// Without letters of the jobs that are named there.
Result<ApprovalWork> FindApprovalWork(const Turn& turn, const std::set<JobId>& without);

// Jobs that were held back for what was looked at may start. Errors: of the store.
Result<void> HearOfIssues(Turn& turn, const TakeObservations& look);

// The message leaves the outbox, or is parked; a request stands from now on. Errors: of the store.
Result<void> HearOfDelivery(Turn& turn, const DeliveryReport& delivery);

// Keeps an approved job from starting until somebody has looked at its issue.
Result<Job> HoldForLook(Turn& turn, const Job& job);

}  // namespace jobgate
