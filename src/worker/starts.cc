#include "src/worker/starts.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "approvals/commit.h"
#include "approvals/desk.h"
#include "approvals/digest.h"
#include "approvals/gate.h"
#include "approvals/plan.h"
#include "approvals/text/redaction.h"
#include "approvals/watch_desk.h"
#include "src/turn/declarations.h"
#include "src/turn/discipline.h"
#include "src/worker/plan_check.h"

namespace jobgate {
namespace {

bool IsStoreFault(const Error& error) {
  return error.code == Code::kStoreFault || error.code == Code::kInternal ||
         error.code == Code::kConflict;
}

// What the gate function says about starting this job now.
Result<GateVerdict> VerdictAtStart(const Turn& turn, const Job& job, const GatePolicy& pinned) {
  auto current = CurrentDeclarationOf(job, turn.config);
  if (!current) return Fail(std::move(current).error());
  auto plan = PlanStep(turn, job, **current);
  if (!plan) return Fail(std::move(plan).error());
  const GatePolicy* policy_now = GateOf(job, **current, turn.config);

  GateQuestion question;
  question.request = &*job.gate;
  question.requester = job.requester;
  question.approved_policy = &pinned;
  question.current_policy = policy_now ? policy_now : &pinned;
  question.digest_now = plan->digest;
  question.logins = &turn.config.approval.github.requesters;
  question.another_try = job.gate->used_by_attempt > 0;
  question.expires_at = job.approval_expires_at.value_or(turn.now);
  question.now = turn.now;
  if (job.issue_id)
    question.observation_age = turn.discipline.observations.AgeOf(*job.issue_id, turn.monotonic);
  question.observation_age_max = turn.config.approval.github.observation_age_max;
  return DecideGate(question);
}

struct Drift {
  std::vector<Difference> differences;
  std::vector<Difference> shown;  // without secrets
};

Drift WhatDrifted(const Turn& turn, const Job& job) {
  auto pinned = DeclarationOf(job, turn.config);
  auto current = CurrentDeclarationOf(job, turn.config);
  if (!pinned || !current) return {};
  auto before = PlanStep(turn, job, **pinned);
  auto now = PlanStep(turn, job, **current);
  if (!before || !now) return {};
  before->document["files"] = job.gate->files;
  before->document["gitCommit"] = job.git_commit ? Json(*job.git_commit) : Json();
  Drift drift{Differences(before->document, now->document), {}};
  const Redaction redaction = RedactionFor(turn, {**pinned, **current});
  for (const Difference& difference : drift.differences)
    drift.shown.push_back(redaction.Of(difference));
  return drift;
}

// Sends a job whose approval no longer holds back to its gate.
Result<Job> SendBack(Turn& turn, const Job& job, const GateVerdict& verdict) {
  if (std::holds_alternative<GateDrifted>(verdict)) {
    const Drift drift = WhatDrifted(turn, job);
    return Reopen(turn, job, Happening::kApprovalLost,
                  DriftInWords("what would run is no longer what was approved", drift.shown),
                  Told{"job:drifted", std::nullopt, {{"differences", Lines(drift.differences)}}});
  }
  const bool expired = std::holds_alternative<GateExpired>(verdict);
  const std::string reason = expired ? "the approval was older than its time to live at the start"
                                     : "the approval no longer satisfies the gate";
  return Reopen(turn, job, Happening::kApprovalLost, reason, std::nullopt);
}

// Begins the next attempt: one of the job's step, or a check of the step before, by `plan`.
Result<Job> Launch(Turn& turn, const Job& before, Job next, const Entrypoint& declaration,
                   const Plan& plan, Happening happening) {
  ++next.attempts;
  ++next.tries;
  if (!next.started_at) next.started_at = turn.now;
  next.run_after.reset();
  next.progress.reset();

  const bool dry = turn.config.worker.dry_run;
  const bool checks = WasPlanCheck(next);
  const int step = checks ? next.step - 1 : next.step;
  const std::string& step_name = declaration.steps.at(static_cast<size_t>(step)).name;
  Told started{"job:started",
               std::nullopt,
               {{"attempt", next.attempts}, {"step", step_name}, {"argv", plan.argv}}};
  if (checks) started.payload["planCheck"] = true;
  if (next.git_commit) started.payload["gitCommit"] = *next.git_commit;
  if (dry) started.payload["dryRun"] = true;
  if (declaration.limits != ProcessLimits{}) started.payload["limits"] = ToJson(declaration.limits);
  auto moved = Move(turn, before, std::move(next), happening, started);
  if (!moved) return moved;
  Attempt attempt;
  attempt.job_id = moved->id;
  attempt.number = moved->attempts;
  attempt.step = step;
  attempt.step_name = checks ? step_name : moved->step_name;
  attempt.incarnation = dry ? kDryRun : turn.incarnation;
  attempt.started_at = turn.now;
  if (!checks && GateOf(*moved, declaration, turn.config)) attempt.digest = moved->gate->digest;
  JOBGATE_TRY(turn.store.InsertAttempt(attempt));
  if (happening == Happening::kClaimed)
    turn.discipline.breakers.Started(turn, moved->entrypoint, {moved->id, moved->attempts});
  if (dry)
    turn.rehearsed.push_back({moved->id, moved->attempts});
  else
    turn.effects.spawns.push_back(
        checks ? ToCheckRequest(turn, *moved, declaration, plan)
               : ToSpawnRequest(turn, *moved, declaration, plan, moved->attempts));
  return moved;
}

// Uses no approval: the one that stands is asked for again once the check has passed.
Result<Job> StartPlanCheck(Turn& turn, const Job& job, const Entrypoint& declaration) {
  auto plan = PlanStep(turn, AtStepBefore(job, declaration), declaration);
  if (!plan) return Fail(std::move(plan).error());
  Job next = job;
  next.gate->check = PlanCheck{job.attempts + 1, std::nullopt};
  return Launch(turn, job, std::move(next), declaration, *plan, Happening::kClaimed);
}

// A job that could not be moved on as it should is given up; only a fault of the store ends the
// turn, so that no single job can hold up all others.
template <typename T>
Result<void> OrGiveUp(Turn& turn, const Job& job, const Result<T>& outcome) {
  if (outcome) return {};
  if (IsStoreFault(outcome.error())) return Fail(outcome.error());
  JOBGATE_TRY(GiveUp(turn, job, outcome.error().message));
  return {};
}

}  // namespace

Result<void> Claim(Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return OrGiveUp(turn, job, declaration);
  if (const GatePolicy* pinned = GateOf(job, **declaration, turn.config)) {
    auto verdict = job.gate ? VerdictAtStart(turn, job, *pinned)
                            : Result<GateVerdict>(GateWaiting{pinned->approvals_min});
    if (!verdict) return OrGiveUp(turn, job, verdict);
    if (std::holds_alternative<GateUnobserved>(*verdict))
      return OrGiveUp(turn, job, HoldForLook(turn, job));
    if (!std::holds_alternative<GateOpen>(*verdict))
      return OrGiveUp(turn, job, SendBack(turn, job, *verdict));
    // A dry worker executes none.
    if (!turn.config.worker.dry_run && NeedsPlanCheck(turn, job, *pinned, job.attempts + 1))
      return OrGiveUp(turn, job, StartPlanCheck(turn, job, **declaration));
  }
  const auto started = StartAttempt(turn, job, job, **declaration, Happening::kClaimed);
  if (!started && started.error().code == Code::kForbidden)
    return OrGiveUp(turn, job, SendBack(turn, job, GateDrifted{}));
  return OrGiveUp(turn, job, started);
}

Result<Job> StartAttempt(Turn& turn, const Job& before, Job next, const Entrypoint& declaration,
                         Happening happening) {
  const bool gated = GateOf(next, declaration, turn.config) != nullptr;
  // An ungated job runs by the declaration of now, which may have got its `git` after the submit.
  if (!gated && declaration.git.has_value() != next.git_commit.has_value())
    JOBGATE_TRY(PinCommit(turn, next, declaration));
  auto plan = PlanStep(turn, next, declaration);
  if (!plan) return Fail(std::move(plan).error());
  if (gated && (!next.gate || plan->digest != next.gate->digest))
    return Fail(Code::kForbidden, "what would run is not what was approved");

  if (gated && next.gate->used_by_attempt == 0) next.gate->used_by_attempt = next.attempts + 1;
  next.approval_expires_at.reset();
  return Launch(turn, before, std::move(next), declaration, *plan, happening);
}

Result<Job> GiveUp(Turn& turn, const Job& job, const std::string& reason, Happening happening) {
  Job next = job;
  next.last_error = reason;
  if (!turn.config.dlq.enabled)
    return Move(turn, job, std::move(next), Happening::kFailedWithoutDlq,
                {"job:failed", std::nullopt, {{"error", reason}}});
  next.dlq_reason = reason;
  return Move(turn, job, std::move(next), happening,
              {"job:dlq", std::nullopt, {{"reason", reason}}});
}

}  // namespace jobgate
