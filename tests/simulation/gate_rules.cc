#include "tests/simulation/gate_rules.h"

#include <algorithm>
#include <set>

#include "tests/simulation/approved_document.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr Duration kCheckLife = std::chrono::minutes(1);  // approval.maxObservationAgeMs

bool Accepts(const GateRule& rule, const Actor& requester, const Actor& actor) {
  if (!rule.self_approval && PersonOf(actor) == PersonOf(requester)) return false;
  return rule.approvers.empty() ||
         std::any_of(rule.approvers.begin(), rule.approvers.end(), [&](const std::string& listed) {
           return listed == actor || listed == PersonOf(actor);
         });
}

}  // namespace

const GateRule& GateRules::RuleOf(const ModelJob& job, const Settings& settings) const {
  const StepRule* step = settings.FindStep(job.seen.entrypoint, job.request->step);
  return step && step->gate ? *step->gate : current_->asked_gate;
}

void GateRules::Open(ModelJob& job, SettingsPtr declared, int step, bool asked_by_job, Time at,
                     int left_by) const {
  RequestSeen request;
  request.declared = std::move(declared);
  request.around = current_;
  request.asked_by_job = asked_by_job;
  request.step = step;
  request.opened_at = at;
  request.left_by = left_by;
  job.request = std::move(request);
  job.request->expires_at = at + job.ttl_asked.value_or(RuleOf(job, *job.request->declared).ttl);
}

int GateRules::KeptOutput(const ModelJob& job, int step) {
  return job.request && job.request->step == step ? job.request->left_by : 0;
}

bool GateRules::MayApprove(const ModelJob& job, const Actor& actor) const {
  return Accepts(RuleOf(job, *job.request->declared), job.seen.requester, actor);
}

void GateRules::CheckApproved(ModelJob& job, const Actor& by, const std::string& digest) const {
  Require(job.request.has_value(), "I5",
          [&] { return job.seen.id + " was approved without a request"; });
  Require(MayApprove(job, by), "I5",
          [&] { return job.seen.id + " took an approval by " + by + ", who may not"; });
  job.request->approvals.push_back({by, digest});
  job.approvals.push_back({by, digest});
}

int GateRules::Accepted(const ModelJob& job, const GateRule& shown, const GateRule& now) const {
  std::set<std::string> people;
  for (const ApprovalSeen& approval : job.request->approvals)
    if (Accepts(shown, job.seen.requester, approval.by) &&
        Accepts(now, job.seen.requester, approval.by))
      people.insert(PersonOf(approval.by));
  return static_cast<int>(people.size());
}

void GateRules::CheckReleased(const ModelJob& job) const {
  const GateRule& shown = RuleOf(job, *job.request->declared);
  Require(Accepted(job, shown, shown) >= shown.approvals_min, "I5",
          [&] { return job.seen.id + " was released without enough approvals"; });
}

void GateRules::CheckStarted(ModelJob& job, const SettingsPtr& declared, const Attempt& attempt,
                             const Json& payload, Time at) const {
  const std::string name = job.seen.id + " attempt " + std::to_string(attempt.number);
  const StepRule* step = declared->FindStep(job.seen.entrypoint, attempt.step);
  Require(step != nullptr, "I5", [&] { return name + " starts a step that is not declared"; });
  const auto argv = Render(step->run, Json::parse(job.seen.params));
  Require(argv && Json(*argv) == payload.at("argv"), "I5",
          [&] { return name + " starts " + payload.at("argv").dump() + ", not what is declared"; });

  StartSeen& start = job.starts[attempt.number];
  start = {declared, current_, attempt.step, false, current_->dry_run, *argv, {}};
  start.check = payload.value("planCheck", false);
  if (start.check) return CheckCheck(job, attempt);
  start.gated = step->gate || (job.request && job.request->step == attempt.step);
  Require(attempt.digest.has_value() == start.gated, "I5",
          [&] { return name + (start.gated ? " lacks" : " has") + " a digest"; });
  if (!start.gated) return;
  Require(job.request && job.request->step == attempt.step, "I5",
          [&] { return name + " starts a gated step without a request"; });
  CheckUse(job, attempt, at);
  CheckChecked(job, attempt, at);
  for (const ApprovalSeen& approval : job.request->approvals)
    start.approvers.push_back(approval.by);
}

// Only what was approved is checked, and in no other way than it ran before.
void GateRules::CheckCheck(const ModelJob& job, const Attempt& attempt) const {
  const std::string name = job.seen.id + " attempt " + std::to_string(attempt.number);
  Require(job.request && job.request->step == attempt.step + 1 && !job.request->asked_by_job, "I5",
          [&] { return name + " checks a step that nobody was asked about"; });
  const GateRule& rule = RuleOf(job, *job.request->declared);
  Require(rule.plan_check && Accepted(job, rule, rule) >= rule.approvals_min, "I5",
          [&] { return name + " checks what is not approved"; });
  Require(!attempt.digest && attempt.incarnation != kDryRun, "I5",
          [&] { return name + " is a check under an approval, or a dry one"; });
}

// What is checked starts right after a run of the step before that left what was approved.
void GateRules::CheckChecked(const ModelJob& job, const Attempt& attempt, Time at) const {
  const RequestSeen& request = *job.request;
  if (!RuleOf(job, *request.declared).plan_check || request.asked_by_job ||
      attempt.incarnation == kDryRun)
    return;
  const std::string name = job.seen.id + " attempt " + std::to_string(attempt.number);
  const auto before = job.starts.find(attempt.number - 1);
  Require(before != job.starts.end() && before->second.check, "I5",
          [&] { return name + " starts without a check"; });
  const Attempt& check = job.attempts.at(static_cast<size_t>(attempt.number) - 2);
  Require(check.outcome == "succeeded" && at - *check.ended_at <= kCheckLife, "I5",
          [&] { return name + " starts on a check that failed, or is too old"; });
  const auto approved = ledger_.LeftBy({job.seen.id, request.left_by});
  const auto now = ledger_.LeftBy({job.seen.id, check.number});
  Require(approved && approved == now, "I5",
          [&] { return name + " starts on an output that was not approved"; });
}

// The digest that was approved is of what the request showed, and of what would run now; the
// rules of then and of now accept who approved; it is in time, and not used up.
void GateRules::CheckUse(ModelJob& job, const Attempt& attempt, Time at) const {
  RequestSeen& request = *job.request;
  const std::string name = job.seen.id + " attempt " + std::to_string(attempt.number);
  // At the end of its turn a dry run is past this step: what can be looked at is of the next one.
  const bool dry = attempt.incarnation == kDryRun;
  Require(request.digest == *attempt.digest &&
              (dry || (job.seen.gate && DigestShown(job) == *attempt.digest)),
          "I5", [&] { return name + " runs under a digest of something else than was shown"; });
  for (const ApprovalSeen& approval : request.approvals)
    Require(approval.digest == *attempt.digest, "I5",
            [&] { return name + " uses an approval of another digest by " + approval.by; });

  const std::string nonce = job.seen.gate ? job.seen.gate->nonce : "";
  const DocumentOf shown{job.seen,     *request.declared,  *request.around,
                         request.step, attempt.step_name,  nonce,
                         hmac_key_,    PreviousStdout(job)};
  const DocumentOf now{job.seen,          *current_, *current_, request.step,
                       attempt.step_name, nonce,     hmac_key_, PreviousStdout(job)};
  Require(Document(shown) == Document(now), "I5",
          [&] { return name + " starts although the declaration has drifted"; });

  const GateRule& pinned = RuleOf(job, *request.declared);
  const GateRule& today = RuleOf(job, *current_);
  const int needed = std::max(pinned.approvals_min, today.approvals_min);
  Require(Accepted(job, pinned, today) >= needed, "I5",
          [&] { return name + " starts without enough approvals"; });

  if (request.used_by) return CheckFurtherTry(job, attempt);
  Require(at < request.expires_at, "I5",
          [&] { return name + " starts after its approval expired"; });
  request.used_by = attempt.number;
}

// Under a used approval only the retry policy may start the same step again.
void GateRules::CheckFurtherTry(const ModelJob& job, const Attempt& attempt) const {
  for (const Attempt& before : job.attempts) {
    if (before.number < job.request->used_by || before.number >= attempt.number) continue;
    if (job.starts.at(before.number).check) continue;
    const std::string outcome = before.outcome.value_or("running");
    Require(outcome == "failed" || outcome == "timed_out" || outcome == "spawn_failed", "I5", [&] {
      return job.seen.id + " attempt " + std::to_string(attempt.number) +
             " reuses an approval after an attempt that was " + outcome;
    });
  }
}

std::string GateRules::PreviousStdout(const ModelJob& job) const {
  const auto left = ledger_.LeftBy({job.seen.id, job.request->left_by});
  return left ? left->stdout_sha256 : "";
}

std::string GateRules::DigestShown(const ModelJob& job) const {
  const RequestSeen& request = *job.request;
  const auto document =
      Document({job.seen, *request.declared, *request.around, request.step, job.seen.step_name,
                job.seen.gate->nonce, hmac_key_, PreviousStdout(job)});
  return document ? DigestOfDocument(*document) : "";
}

void GateRules::CheckShown(const ModelJob& job) const {
  const Job& seen = job.seen;
  Require(seen.gate && job.request, "I5", [&] { return seen.id + " waits without a request"; });
  Require(DigestShown(job) == seen.gate->digest && job.request->digest == seen.gate->digest, "I5",
          [&] { return seen.id + " shows something else than its digest is of"; });
  Require(seen.approval_expires_at == job.request->expires_at, "I5", [&] {
    return seen.id + " expires at " + FormatTime(*seen.approval_expires_at) + " instead of " +
           FormatTime(job.request->expires_at);
  });
  Require(seen.gate->approvals.size() == job.request->approvals.size(), "I5",
          [&] { return seen.id + " holds approvals that nobody gave"; });
}

}  // namespace jobgate::sim
