// Where approval requests are opened, answered and closed. Every answer goes through the gate
// function; the desk writes what follows from it.
#pragma once
#include <optional>
#include <string>

#include "src/engine/command.h"
#include "src/turn/lifecycle.h"

namespace jobgate {

// A fresh request for the current step of `job`: new nonce, digest over `declaration` and what the
// step before left (`output`), expiry from now. Sets gate, approval_expires_at and
// approval_warn_at. Errors: those of PlanStep.
Result<void> OpenRequest(const Turn& turn, Job& job, const Entrypoint& declaration,
                         std::string reason, bool asked_by_job, std::optional<StepOutput> output);

// What job:waiting_approval tells of the open request of `job`.
Json RequestPayload(const Job& job);

// Errors of the three: kForbidden for an actor the policy does not accept (recorded as
// job:approval_refused; the requester may reject and extend), kConflict where the job does not
// wait, its request has expired or the digest is another one.
Result<Job> Approve(Turn& turn, const Job& job, const ApproveJob& command, const Actor& actor);
Result<Job> Reject(Turn& turn, const Job& job, const RejectJob& command, const Actor& actor);
Result<Job> Extend(Turn& turn, const Job& job, Duration ttl, const Actor& actor);

// Counts one more approval, which MayApprove accepts, and releases the job where that suffices.
// `said_at` is by the engine's clock, before the expiry, which may have passed since.
Result<Job> TakeApproval(Turn& turn, const Job& job, const Approval& approval, Time said_at);
// "rejected by github:will: not on a Friday"
std::string WhyRejected(const Approval& said);
// Whether the approvals that `job` has release it.
bool Suffices(const Turn& turn, const Job& job);
// Ends a waiting job by a rejection that MayReject accepts.
Result<Job> TakeRejection(Turn& turn, const Job& job, const Approval& said);

// Back to waiting, by `happening`, with a fresh request by the settings of now over the same
// output: an approval no longer holds when its step is to start, or an interrupted gated step is to
// run again. `before` is told first, where there is more to tell than that a request opened.
// Errors: kNotFound where the settings no longer have the step.
Result<Job> Reopen(Turn& turn, const Job& job, Happening happening, std::string reason,
                   const std::optional<Told>& before);

// Fails the requests that expired; those that are decided on GitHub once their issue was looked at
// after that (observations.h), and not before they were posted. Warns of those that are about to
// expire. Each tells whether there is more of it to do.
Result<bool> ExpireRequests(Turn& turn);
Result<bool> WarnOfExpiry(Turn& turn);
// When to warn of an expiry: approval.expiryWarningHours before, or at half of the time from now on
// where that is less, since whoever gave a short time, or reads of it, knows.
Time WarningBefore(const Turn& turn, Time expires_at);
bool IsPastExpiry(const Turn& turn, const Job& job);
// Such a one ends with the next look at its issue.
void AwaitLastLook(Turn& turn, const Job& job);
// Fails one of them.
Result<Job> Expire(Turn& turn, const Job& job);
// A request that could be posted only after its expiry has its whole time from now on.
Result<Job> GiveTimeAnew(Turn& turn, const Job& job);

}  // namespace jobgate
