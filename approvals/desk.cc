#include "approvals/desk.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "approvals/commit.h"
#include "approvals/gate.h"
#include "approvals/plan.h"
#include "src/turn/declarations.h"
#include "src/turn/discipline.h"

namespace jobgate {
namespace {

constexpr size_t kDigestDigitsMin = 12;
constexpr int kBatch = 1000;

Result<void> MustWait(const Job& job) {
  if (job.state == JobState::kWaitingApproval && job.gate) return {};
  Error error{Code::kConflict,
              job.id + " is " + std::string(NameOf(job.state)) + " and waits for no approval"};
  error.job_id = job.id;
  return Fail(std::move(error));
}

// Nothing brings a request back once its time is over, not even before the turn that says so.
Result<void> MustStand(const Turn& turn, const Job& job) {
  if (turn.now < *job.approval_expires_at) return {};
  Error error{Code::kConflict, "the approval request of " + job.id + " has expired"};
  error.job_id = job.id;
  return Fail(std::move(error));
}

Result<void> MustMatch(const std::string& given, const std::string& digest) {
  if (given.empty()) return {};
  if (given.size() < kDigestDigitsMin)
    return FailField("/digest", "at least the first 12 digits are needed");
  if (digest.starts_with(given)) return {};
  return Fail(Code::kConflict, "digest " + given + " is not what waits now (" +
                                   digest.substr(0, kDigestDigitsMin) +
                                   "): look at the request again");
}

// Each is an event. On the issue it is answered once for a person and a cause, and remembered with
// the request, as what was said there is.
Result<void> Refuse(Turn& turn, const Job& job, const Approval& said, const std::string& what,
                    const Refusal& why) {
  const std::string cause(NameOf(why.cause));
  const std::string signal = "here:" + said.by + ":" + cause;
  Job next = job;
  auto& refusals = next.gate->refusals;
  const bool is_new =
      std::ranges::none_of(refusals, [&](const RefusedVoice& one) { return one.signal == signal; });
  const bool answered = is_new && refusals.size() < kRefusalsMax;
  if (answered) refusals.push_back({signal, said.by, turn.now, what, why.words});
  const Told told{"job:approval_refused",
                  said.by,
                  {{"by", said.by},
                   {"what", what},
                   {"via", said.via},
                   {"reason", why.words},
                   {"cause", cause},
                   {"answered", answered}}};
  if (answered)
    JOBGATE_TRY(Amend(turn, job, std::move(next), told));
  else
    JOBGATE_TRY(turn.Record(told.type, job.id, told.actor, told.payload));
  return Fail(why.AsError());
}

Result<void> MustBeAllowed(Turn& turn, const Job& job, const Entrypoint& declaration,
                           const Approval& said) {
  const GatePolicy* pinned = GateOf(job, declaration, turn.config);
  if (!pinned) return {};
  const Logins& logins = turn.config.approval.github.requesters;
  if (auto allowed = MayApprove(*pinned, logins, job.requester, said); !allowed)
    return Refuse(turn, job, said, "approval", allowed.error());
  for (const Approval& approval : job.gate->approvals)
    if (IsWhoGave(logins, approval, said.by))
      return Fail(Code::kConflict, said.by + " has approved this request already; it needs " +
                                       std::to_string(pinned->approvals_min) + " distinct people");
  return {};
}

Result<void> MustBeConcerned(Turn& turn, const Job& job, const Approval& said,
                             const std::string& what) {
  auto declaration = DeclarationOf(job, turn.config);
  const Logins& logins = turn.config.approval.github.requesters;
  if (!declaration && IsRequesterHere(logins, job.requester, said.by)) return {};
  if (!declaration) return Fail(std::move(declaration).error());
  const GatePolicy* policy = GateOf(job, **declaration, turn.config);
  if (!policy) return {};
  if (auto allowed = MayReject(*policy, logins, job.requester, said); !allowed)
    return Refuse(turn, job, said, what, allowed.error());
  return {};
}

GateVerdict VerdictOn(const Turn& turn, const Job& job, const GatePolicy& policy, Time at) {
  GateQuestion question;
  question.request = &*job.gate;
  question.requester = job.requester;
  question.approved_policy = &policy;
  question.current_policy = &policy;
  question.digest_now = job.gate->digest;  // compared with the present when the step starts
  question.logins = &turn.config.approval.github.requesters;
  question.another_try = job.gate->used_by_attempt > 0;
  question.expires_at = job.approval_expires_at.value_or(turn.now);
  question.now = at;
  question.observation_age = Duration::zero();  // it is asked for when the step starts
  return DecideGate(question);
}

// Where it was said, so that everybody can look it up.
void AddVoice(Json& payload, const Approval& said) {
  if (!said.voice) return;
  payload["signal"] = said.voice->signal;
  payload["userId"] = said.voice->user_id;
  payload["role"] = said.voice->role;
  payload["saidAt"] = FormatTime(said.at);
  if (!said.voice->label.empty()) payload["label"] = said.voice->label;
}

Told ToldOf(const Job& job, const Approval& approval) {
  Json payload = {{"by", approval.by},
                  {"via", approval.via},
                  {"digest", approval.digest},
                  {"step", job.step_name},
                  {"comment", approval.comment}};
  AddVoice(payload, approval);
  return {"job:approved", approval.by, std::move(payload)};
}

// What every end of a request tells.
Json DecisionPayload(const Turn& turn, const Job& job) {
  return {{"step", job.step_name}, {"waitedMs", (turn.now - job.gate->requested_at).count()}};
}

Duration TtlOf(const Turn& turn, const Job& job, const Entrypoint& declaration) {
  if (job.approval_ttl > Duration::zero()) return job.approval_ttl;
  const GatePolicy* policy = GateOf(job, declaration, turn.config);
  return policy ? policy->ttl : turn.config.approval.gate.ttl;
}

void SetExpiry(const Turn& turn, Job& job, Time expires_at) {
  job.approval_expires_at = expires_at;
  job.approval_warn_at = WarningBefore(turn, expires_at);
}

// Jobs whose requests are on their way to GitHub.
Result<std::set<JobId>> JobsToBePosted(const Turn& turn) {
  std::set<JobId> jobs;
  std::string after;
  for (;;) {
    auto messages = turn.store.Outbox(false, after, kBatch);
    if (!messages) return Fail(std::move(messages).error());
    for (const OutboxMessage& message : *messages)
      if (message.kind == "request") jobs.insert(message.job_id);
    if (std::ssize(*messages) < kBatch) return jobs;
    after = messages->back().id;
  }
}

bool IsDecidedOnGitHub(const Turn& turn, const Job& job) {
  if (turn.config.approval.provider != "github") return false;
  auto declaration = DeclarationOf(job, turn.config);
  const GatePolicy* policy = declaration ? GateOf(job, **declaration, turn.config) : nullptr;
  return policy && policy->github;
}

std::string WhyExpired(const Turn& turn, const Job& job) {
  const std::string before =
      " step '" + job.step_name + "' before " + FormatTime(*job.approval_expires_at);
  if (job.gate->approvals.empty()) return "nobody approved" + before;
  auto declaration = DeclarationOf(job, turn.config);
  const GatePolicy* pinned = declaration ? GateOf(job, **declaration, turn.config) : nullptr;
  const GatePolicy& policy = pinned ? *pinned : turn.config.approval.gate;
  const GateVerdict verdict = VerdictOn(turn, job, policy, turn.now);
  const auto* waiting = std::get_if<GateWaiting>(&verdict);
  const int people = policy.approvals_min - (waiting ? waiting->approvals_missing : 0);
  return "only " + std::to_string(people) + " of " + std::to_string(policy.approvals_min) +
         " people approved" + before;
}

}  // namespace

Result<void> OpenRequest(const Turn& turn, Job& job, const Entrypoint& declaration,
                         std::string reason, bool asked_by_job, std::optional<StepOutput> output) {
  GateRequest request;
  request.nonce = RandomHex(turn.random, 2);
  request.requested_at = turn.now;
  request.reason = std::move(reason);
  request.asked_by_job = asked_by_job;
  request.output = std::move(output);
  job.gate = std::move(request);
  auto plan = PlanStep(turn, job, declaration);
  if (!plan) return Fail(std::move(plan).error());
  job.gate->digest = plan->digest;
  job.gate->files = plan->files;
  SetExpiry(turn, job, turn.now + TtlOf(turn, job, declaration));
  return {};
}

Json RequestPayload(const Job& job) {
  return {{"step", job.step_name},
          {"reason", job.gate->reason},
          {"digest", job.gate->digest},
          {"expiresAt", FormatTime(*job.approval_expires_at)}};
}

Result<Job> Approve(Turn& turn, const Job& job, const ApproveJob& command, const Actor& actor) {
  JOBGATE_TRY(MustWait(job));
  JOBGATE_TRY(MustStand(turn, job));
  JOBGATE_TRY(MustMatch(command.digest, job.gate->digest));
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return Fail(std::move(declaration).error());
  const Approval said{actor, turn.now, command.via, job.gate->digest, command.comment};
  JOBGATE_TRY(MustBeAllowed(turn, job, **declaration, said));
  return TakeApproval(turn, job, said, turn.now);
}

Result<Job> TakeApproval(Turn& turn, const Job& job, const Approval& approval, Time said_at) {
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return Fail(std::move(declaration).error());
  Job next = job;
  next.gate->approvals.push_back(approval);
  Told approved = ToldOf(job, approval);
  if (job.state != JobState::kWaitingApproval) return Amend(turn, job, std::move(next), approved);

  const GatePolicy* policy = GateOf(next, **declaration, turn.config);
  const GateVerdict verdict =
      VerdictOn(turn, next, policy ? *policy : turn.config.approval.gate, said_at);
  if (std::holds_alternative<GateOpen>(verdict)) {
    next.ready_at = std::max(turn.now, next.run_after.value_or(turn.now));
    auto moved = Move(turn, job, std::move(next), Happening::kApproved, approved);
    if (!moved) return moved;
    JOBGATE_TRY(turn.Record("job:resumed", job.id, std::nullopt, DecisionPayload(turn, job)));
    return moved;
  }
  if (const auto* waiting = std::get_if<GateWaiting>(&verdict)) {
    approved.payload["approvalsMissing"] = waiting->approvals_missing;
    return Amend(turn, job, std::move(next), approved);
  }
  return Fail(Code::kConflict, "the approval request of " + job.id + " has expired");
}

bool Suffices(const Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  const GatePolicy* policy = declaration ? GateOf(job, **declaration, turn.config) : nullptr;
  return policy && std::holds_alternative<GateOpen>(VerdictOn(turn, job, *policy, turn.now));
}

Result<Job> Reject(Turn& turn, const Job& job, const RejectJob& command, const Actor& actor) {
  JOBGATE_TRY(MustWait(job));
  const Approval said{actor, turn.now, command.via, job.gate->digest, command.reason};
  JOBGATE_TRY(MustBeConcerned(turn, job, said, "rejection"));
  return TakeRejection(turn, job, said);
}

std::string WhyRejected(const Approval& said) {
  return "rejected by " + said.by + (said.comment.empty() ? std::string() : ": " + said.comment);
}

Result<Job> TakeRejection(Turn& turn, const Job& job, const Approval& said) {
  Job next = job;
  next.last_error = WhyRejected(said);
  Json payload = DecisionPayload(turn, job);
  payload["by"] = said.by;
  payload["via"] = said.via;
  payload["reason"] = said.comment;
  AddVoice(payload, said);
  return Move(turn, job, std::move(next), Happening::kRejected,
              {"job:rejected", said.by, std::move(payload)});
}

Result<Job> Extend(Turn& turn, const Job& job, Duration ttl, const Actor& actor) {
  JOBGATE_TRY(MustWait(job));
  JOBGATE_TRY(MustStand(turn, job));
  JOBGATE_TRY(
      MustBeConcerned(turn, job, {actor, turn.now, "cli", job.gate->digest, ""}, "more time"));
  Job next = job;
  SetExpiry(turn, next, turn.now + ttl);
  return Amend(turn, job, std::move(next),
               Told{"job:extended",
                    actor,
                    {{"expiresAt", FormatTime(turn.now + ttl)},
                     {"insteadOf", FormatTime(*job.approval_expires_at)}}});
}

Result<Job> Reopen(Turn& turn, const Job& job, Happening happening, std::string reason,
                   const std::optional<Told>& before) {
  auto current = CurrentDeclarationOf(job, turn.config);
  if (!current) return Fail(std::move(current).error());
  const auto pinned = DeclarationOf(job, turn.config);
  Job next = job;
  if (!pinned || (*pinned)->git != (*current)->git) next.git_commit.reset();
  JOBGATE_TRY(PinCommit(turn, next, **current));
  next.spec = Canonical(ToJson(**current));
  next.step_name = (*current)->steps.at(static_cast<size_t>(job.step)).name;
  const bool asked_by_job = job.gate && job.gate->asked_by_job;
  if (happening == Happening::kResolvedRetryGated && next.tries > 0) --next.tries;
  auto output = job.gate ? job.gate->output : std::nullopt;
  JOBGATE_TRY(
      OpenRequest(turn, next, **current, std::move(reason), asked_by_job, std::move(output)));
  const Told waits{"job:waiting_approval", std::nullopt, RequestPayload(next)};
  auto moved = Move(turn, job, std::move(next), happening, before.value_or(waits));
  if (moved && before) JOBGATE_TRY(turn.Record(waits.type, job.id, waits.actor, waits.payload));
  return moved;
}

Result<bool> ExpireRequests(Turn& turn) {
  auto& last_looks = turn.discipline.observations.last_looks;
  if (turn.config.approval.provider != "github") last_looks.clear();
  std::optional<std::set<JobId>> to_be_posted;
  const int limit = kBatch + static_cast<int>(last_looks.size());
  auto due = turn.store.ExpiriesDue(turn.now, limit);
  if (!due) return Fail(std::move(due).error());
  for (const Job& job : *due) {
    if (last_looks.contains(job.id)) continue;
    bool is_open = IsDecidedOnGitHub(turn, job);
    if (is_open && !job.gate->posted) {
      if (!to_be_posted) {
        auto jobs = JobsToBePosted(turn);
        if (!jobs) return Fail(std::move(jobs).error());
        to_be_posted = *std::move(jobs);
      }
      is_open = to_be_posted->contains(job.id);
    }
    if (is_open) {
      AwaitLastLook(turn, job);
    } else {
      JOBGATE_TRY(Expire(turn, job));
    }
  }
  return std::ssize(*due) == limit;
}

Time WarningBefore(const Turn& turn, Time expires_at) {
  const Duration half = std::max((expires_at - turn.now) / 2, Duration::zero());
  return expires_at - std::min(turn.config.approval.expiry_warning, half);
}

bool IsPastExpiry(const Turn& turn, const Job& job) {
  return job.state == JobState::kWaitingApproval && turn.now >= *job.approval_expires_at;
}

void AwaitLastLook(Turn& turn, const Job& job) {
  turn.discipline.observations.last_looks.insert(job.id);
  turn.effects.look_at_issues = true;
}

Result<Job> Expire(Turn& turn, const Job& job) {
  Job next = job;
  next.last_error = WhyExpired(turn, job);
  Json payload = DecisionPayload(turn, job);
  payload["expiredAt"] = FormatTime(*job.approval_expires_at);
  return Move(turn, job, std::move(next), Happening::kExpired,
              {"job:expired", std::nullopt, std::move(payload)});
}

Result<Job> GiveTimeAnew(Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return job;  // it is given up when its turn comes
  Job next = job;
  SetExpiry(turn, next, turn.now + TtlOf(turn, job, **declaration));
  const Told told{
      "job:extended", std::nullopt, {{"expiresAt", FormatTime(*next.approval_expires_at)}}};
  return Amend(turn, job, std::move(next), told);
}

Result<bool> WarnOfExpiry(Turn& turn) {
  auto due = turn.store.WarningsDue(turn.now, kBatch);
  if (!due) return Fail(std::move(due).error());
  for (const Job& job : *due) {
    Job next = job;
    next.approval_warn_at.reset();
    const Told told{
        "job:expiring", std::nullopt, {{"expiresAt", FormatTime(*job.approval_expires_at)}}};
    JOBGATE_TRY(Amend(turn, job, std::move(next), told));
  }
  return std::ssize(*due) == kBatch;
}

}  // namespace jobgate
