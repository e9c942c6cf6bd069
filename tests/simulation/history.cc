#include "tests/simulation/history.h"

#include <algorithm>

#include "store/event_chain.h"
#include "tests/simulation/lifecycle.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr Duration kWarning = std::chrono::hours(1);
constexpr Duration kKeyLife = std::chrono::hours(24);
constexpr Duration kClockSlack = std::chrono::minutes(1);

std::string Described(const Event& event) {
  return "event " + std::to_string(event.seq) + " " + event.type + " of " +
         event.job_id.value_or("nobody");
}

std::string HmacKey(Store& durable) {
  return durable.GetSetting("digest.key").value_or(std::nullopt).value_or("");
}

bool IsEnded(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

bool IsSurelyActive(States states) {
  using enum JobState;
  return !states.IsEmpty() &&
         (states & States{kSucceeded, kFailed, kCanceled, kDeadLettered}).IsEmpty();
}

}  // namespace

bool Names(const std::string& typed, const JobId& id) {
  std::string upper = typed;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!upper.starts_with("JOB_")) upper = "JOB_" + upper;
  return ("JOB_" + id.substr(4)).starts_with(upper);
}

History::History(Model& model, Store& durable, const Ledger& ledger, std::vector<SentPtr> sent,
                 SettingsPtr current, Time now)
    : model_(model),
      durable_(durable),
      sent_(std::move(sent)),
      current_(std::move(current)),
      now_(now),
      gates_(current_, HmacKey(durable), ledger) {}

std::vector<Event> History::Read(int64_t last) {
  std::vector<Event> all;
  for (;;) {
    auto events = durable_.Events({model_.last_seq, std::nullopt, 500});
    Require(events.has_value(), "I10", [&] { return events.error().message; });
    if (events->empty()) return all;
    for (const Event& event : *events) {
      if (event.seq > last) return all;
      Apply(event);
      all.push_back(event);
    }
  }
}

void History::Apply(const Event& event) {
  Require(event.seq == model_.last_seq + 1, "I10",
          [&] { return "a gap in the event sequence before " + Described(event); });
  Require(event.at >= model_.last_at, "I10",
          [&] { return Described(event) + " lies before the one before it"; });
  Require(event.at <= now_ + kClockSlack && event.at >= now_ - kClockSlack, "I5", [&] {
    return Described(event) + " is dated " + FormatTime(event.at) + " at " + FormatTime(now_);
  });
  Require(event.chain == ChainAfter(model_.last_chain, event), "I10",
          [&] { return Described(event) + " does not follow from the one before it"; });
  model_.last_chain = event.chain;
  model_.last_seq = event.seq;
  model_.last_at = event.at;
  const Json payload = Json::parse(event.payload);
  if (!event.job_id) return Worker(event, payload);
  touched_.insert(*event.job_id);
  if (event.type == "job:submitted") return Submitted(event, payload);
  ModelJob* job = model_.Find(*event.job_id);
  Require(job != nullptr, "I2", [&] { return Described(event) + " which was never submitted"; });
  Moved(*job, event, payload);
}

void History::Worker(const Event& event, const Json& payload) {
  const auto any = [](const auto&) { return true; };
  if (event.type == "worker:started") {
    CommandOf<StartWorker>(event, any);
    model_.draining = false;
  } else if (event.type == "worker:stopped") {
    CommandOf<StopWorker>(event, any);
    model_.draining = payload.at("drain");
  } else if (event.type.starts_with("breaker:")) {
    if (event.type == "breaker:reset")
      CommandOf<ResetBreaker>(event, [&](const ResetBreaker& command) {
        return payload.at("entrypoint") == command.entrypoint;
      });
    if (event.type == "breaker:closed")
      Require(!model_.jobs.at(payload.at("probe")).starts.rbegin()->second.dry, "I6",
              [&] { return Described(event) + " by a dry run"; });
    model_.breakers.Apply(event, payload, *current_);
  } else {
    if (event.type.starts_with("intake:") && payload.at("by") == "command")
      CommandOf<SetIntake>(event, any);
    model_.admission.Apply(event, payload, *current_);
  }
}

template <typename C, typename Fits>
Sent& History::CommandOf(const Event& event, Fits fits) const {
  for (const SentPtr& sent : sent_) {
    const auto* command = std::get_if<C>(&sent->command);
    if (!command || sent->told || !sent->MayHold() || event.actor != sent->actor || !fits(*command))
      continue;
    sent->told = true;
    return *sent;
  }
  throw Violation("I2", Described(event) + " came of no command by " + event.actor.value_or("-"));
}

template <typename C>
Sent& History::CommandOn(const Event& event) const {
  return CommandOf<C>(event, [&](const C& command) { return Names(command.id, *event.job_id); });
}

ModelJob& History::Refreshed(const JobId& id) {
  ModelJob& job = model_.jobs[id];
  auto stored = durable_.FindJob(id);
  auto attempts = durable_.AttemptsOf(id);
  Require(stored && *stored && attempts, "I1", [&] { return id + " is not in the store"; });
  job.seen = **std::move(stored);
  job.attempts = *std::move(attempts);
  return job;
}

// Every job comes of exactly one submission or retry that was not refused.
void History::Submitted(const Event& event, const Json& payload) {
  Require(!model_.Find(*event.job_id), "I1",
          [&] { return Described(event) + " for the second time"; });
  const int64_t queued = model_.CountOf(JobState::kQueued);
  const int64_t waiting = model_.CountOf(JobState::kWaitingApproval);
  ModelJob& job = Refreshed(*event.job_id);
  const Job& seen = job.seen;
  const JobState state =
      payload.at("state") == "queued" ? JobState::kQueued : JobState::kWaitingApproval;

  Sent& sent = SubmissionOf(event, seen);
  Require(!sent.made, "I1",
          [&] { return seen.id + " and " + *sent.made + " came of one command"; });
  sent.made = seen.id;
  if (const auto* command = std::get_if<SubmitJob>(&sent.command)) {
    Require(IdentityOf(*command) == IdentityOf(seen) && seen.requester == sent.actor, "I1",
            [&] { return seen.id + " is not what was submitted"; });
    job.ttl_asked = command->ttl;
  }
  if (const ModelJob* parent = seen.parent_id ? model_.Find(*seen.parent_id) : nullptr) {
    const auto stored = durable_.FindJob(*seen.parent_id);
    job.ttl_asked = parent->ttl_asked;
    job.from_dlq = parent->from_dlq || (stored && *stored && (*stored)->dlq_reason);
  }

  const JobType* type = current_->Find(seen.entrypoint);
  Require(type != nullptr, "I6", [&] { return seen.id + " is of an undeclared entrypoint"; });
  if (type->dedupe)
    for (const auto& [id, other] : model_.jobs)
      Require(other.seen.replay || !IsSurelyActive(other.states) ||
                  !(IdentityOf(other.seen) == IdentityOf(seen)),
              "I1",
              [&, &twin = id] { return seen.id + " is active beside its duplicate " + twin; });
  TakeKey(seen);
  Require(
      state == JobState::kQueued ? queued < current_->queued_max : waiting < current_->waiting_max,
      "I6", [&] { return seen.id + " was admitted past the bound"; });

  if (!seen.parent_id)
    model_.admission.CheckAdmitted(seen, state == JobState::kWaitingApproval, event.at);

  if (state == JobState::kQueued && type->queued_max) {
    const auto of_type =
        std::count_if(model_.jobs.begin(), model_.jobs.end(), [&](const auto& one) {
          return one.second.states.IsOnly(JobState::kQueued) &&
                 one.second.seen.entrypoint == seen.entrypoint;
        });
    Require(of_type < *type->queued_max, "I6",
            [&] { return seen.id + " was admitted past the bound of " + seen.entrypoint; });
  }

  job.states = {state};
  const bool is_held =
      type->steps[0].gate.has_value() || (job.from_dlq && current_->dlq_retry_approval);
  if (type->HasGate() || is_held) job.pinned = current_;
  Require(is_held == (state == JobState::kWaitingApproval), "I5",
          [&] { return seen.id + " was submitted past its gate"; });
  if (!is_held) return;
  gates_.Open(job, current_, 0, false, event.at, 0);
  job.request->digest = payload.at("digest");
}

Sent& History::SubmissionOf(const Event& event, const Job& job) const {
  if (job.replay)
    return CommandOf<ReplayJob>(event, [&](const ReplayJob& command) {
      return Names(command.id, *job.parent_id) && command.debug == job.debug;
    });
  if (job.parent_id)
    return CommandOf<RetryJob>(
        event, [&](const RetryJob& command) { return Names(command.id, *job.parent_id); });
  return CommandOf<SubmitJob>(event, [&](const SubmitJob& command) {
    return command.correlation_id == job.correlation_id && !command.dry_run;
  });
}

void History::TakeKey(const Job& job) {
  if (!job.idempotency_key) return;
  const auto known = model_.keys.find(*job.idempotency_key);
  if (known != model_.keys.end()) {
    const Job& other = model_.jobs.at(known->second.job).seen;
    Require(IsEnded(other.state) && model_.newest_time - *other.finished_at > kKeyLife, "I1",
            [&] { return job.id + " has " + *job.idempotency_key + " of " + other.id; });
  }
  model_.keys[*job.idempotency_key] = {job.id, IdentityOf(job)};
}

void History::Moved(ModelJob& job, const Event& event, const Json& payload) {
  const States before = job.states;
  job.states = Follow(before, event, payload);
  Require(!job.states.IsEmpty(), "I2", [&] { return Described(event) + " is not possible there"; });
  React(job, before, event, payload);
}

void History::React(ModelJob& job, States before, const Event& event, const Json& payload) {
  const std::string& type = event.type;
  if (before.IsOnly(JobState::kQueued) && type != "job:canceled" && type != "job:priority")
    model_.claim_of[*event.job_id] = ++model_.claims;
  if (job.cancel_promised)
    Require(
        type == "job:canceled" || type == "job:progress" || !(before == States{JobState::kRunning}),
        "I2", [&] { return Described(event) + " although its cancel was promised"; });
  if (job.fail_promised)
    Require(type == "job:failed" || type == "job:progress" ||
                (type == "job:canceled" && !job.cancels.empty()) ||
                !(before == States{JobState::kRunning}),
            "I2", [&] { return Described(event) + " although it was to be failed"; });
  if (type == "job:failed" && event.actor && !job.fails.contains(*event.actor))
    CommandOn<FailJob>(event);
  if (type == "job:started") return Started(job, before, event, payload);
  if (type == "job:waiting_approval" || type == "job:drifted") {
    WaitsAgain(job, before, event, payload);
    if (type == "job:waiting_approval") job.request->digest = payload.at("digest");
    return;
  }
  if (type == "job:approved") return Approved(job, event, payload);
  if (type == "job:resumed") return gates_.CheckReleased(job);
  if (type == "job:plan_checked")
    Require(job.starts.rbegin()->second.check, "I5",
            [&] { return Described(event) + " after what is no check"; });
  if (type == "job:resolved") return Resolved(job, event, payload);
  if (type == "job:interrupted") return Interrupted(Refreshed(*event.job_id));
  if (type == "job:recovered") return Recovered(job);
  if (payload.contains("replayedAs")) return Replayed(event, payload);
  if (type == "job:replayed" || type == "job:retried_from_dlq")
    return Replaced(job, event, payload);
  if (type == "dlq:cleared") CommandOn<DropDeadLetter>(event);
  if (type == "dlq:cleaned")
    Require(event.at >= *Refreshed(*event.job_id).seen.finished_at +
                            std::chrono::hours(24 * current_->dlq_days),
            "I7", [&] { return Described(event) + " too early"; });
  if (type == "job:priority") CommandOn<SetPriority>(event);
  if (type == "job:rejected") {
    CommandOn<RejectJob>(event);
    Require(gates_.MayApprove(job, *event.actor) ||
                PersonOf(*event.actor) == PersonOf(job.seen.requester),
            "I5", [&] { return Described(event) + " by " + *event.actor + ", who may not"; });
  }
  if (type == "job:extended") {
    Require(gates_.MayApprove(job, *event.actor) ||
                PersonOf(*event.actor) == PersonOf(job.seen.requester),
            "I5", [&] { return Described(event) + " by " + *event.actor + ", who may not"; });
    const auto& command = std::get<ExtendApproval>(CommandOn<ExtendApproval>(event).command);
    Require(event.at < job.request->expires_at, "I5",
            [&] { return Described(event) + " after it had expired"; });
    job.request->expires_at = event.at + command.ttl;
  }
  if (type == "job:expired")
    Require(event.at >= job.request->expires_at, "I5",
            [&] { return Described(event) + " too early"; });
  if (type == "job:expiring")
    Require(event.at >= job.request->expires_at - kWarning, "I5",
            [&] { return Described(event) + " too early"; });
  if (type == "job:canceled" && !job.cancels.contains(event.actor.value_or("")))
    CommandOn<CancelJob>(event);
}

void History::Started(ModelJob& job, States before, const Event& event, const Json& payload) {
  Refreshed(*event.job_id);
  const int number = payload.at("attempt");
  const bool dry = payload.value("dryRun", false);
  Require(dry == current_->dry_run, "I3",
          [&] { return Described(event) + (dry ? " dry" : "") + ", and the settings differ"; });
  Require(job.starts.empty() ? number == 1 : number == job.starts.rbegin()->first + 1, "I3",
          [&] { return Described(event) + " is attempt " + std::to_string(number); });
  Require(job.attempts.size() >= static_cast<size_t>(number), "I3",
          [&] { return Described(event) + " has no attempt in the store"; });
  if (before.IsOnly(JobState::kQueued)) {
    claimed_.push_back(*event.job_id);
    if (dry) rehearsed_.insert(*event.job_id);
    const std::string& type = job.seen.entrypoint;
    model_.breakers.CheckClaimed(type, {*event.job_id, number}, ProbeLives(type), *current_);
  }
  const bool goes_on = before.IsOnly(JobState::kRunning);
  gates_.CheckStarted(job, goes_on ? RunsBy(job) : DeclarationOf(job),
                      job.attempts[static_cast<size_t>(number) - 1], payload, event.at);
}

bool History::ProbeLives(const std::string& type) const {
  const auto probe = model_.breakers.ProbeOf(type);
  if (!probe) return false;
  const auto attempts = durable_.AttemptsOf(probe->job_id);
  return attempts && attempts->size() >= static_cast<size_t>(probe->number) &&
         !attempts->at(static_cast<size_t>(probe->number) - 1).outcome;
}

// At the gate of its first step, of its next step, by its own request, or sent back to it.
void History::WaitsAgain(ModelJob& job, States before, const Event& event, const Json& payload) {
  if (before.IsOnly(JobState::kWaitingApproval)) {
    Require(job.request && job.request->opened_at == event.at && job.request->approvals.empty(),
            "I2", [&] { return Described(event) + " for a request that stands already"; });
    return;
  }
  Refreshed(*event.job_id);
  if (before.IsOnly(JobState::kRunning)) {
    const Attempt& last = job.attempts.at(job.starts.size() - 1);
    const bool checked = job.starts.rbegin()->second.check;
    Require(checked == (event.type == "job:drifted"), "I5",
            [&] { return Described(event) + " after what is no check, or is one"; });
    if (checked) {
      job.pinned = current_;
      return gates_.Open(job, current_, last.step + 1, false, event.at, last.number);
    }
    const bool asked = last.outcome == "asked_approval";
    const int step = asked ? last.step : last.step + 1;
    if (asked) job.pinned = RunsBy(job);
    return gates_.Open(job, RunsBy(job), step, asked, event.at, last.number);
  }
  Require(event.type == "job:drifted" || payload.contains("reason"), "I2",
          [&] { return Described(event) + " for no reason"; });
  job.pinned = current_;
  const int step = job.seen.step;
  const bool asked = job.request && job.request->asked_by_job && job.request->step == step;
  gates_.Open(job, current_, step, asked, event.at, GateRules::KeptOutput(job, step));
}

void History::Approved(ModelJob& job, const Event& event, const Json& payload) {
  const std::string digest = payload.at("digest");
  CommandOf<ApproveJob>(event, [&](const ApproveJob& command) {
    return Names(command.id, *event.job_id) &&
           (command.digest.empty() ||
            (command.digest.size() >= 12 && digest.starts_with(command.digest)));
  });
  gates_.CheckApproved(job, *event.actor, digest);
}

// What ran behind a gate and was interrupted runs again only behind a gate.
void History::Resolved(ModelJob& job, const Event& event, const Json& payload) {
  CommandOn<ResolveJob>(event);
  if (payload.at("as") != "retry") return;
  const StartSeen& last = job.starts.rbegin()->second;
  const int step = last.job_step();
  const StepRule* now = current_->FindStep(job.seen.entrypoint, step);
  if (!last.gated && !last.check && !(now && now->gate)) {
    job.states = {JobState::kQueued};
    return;
  }
  job.states = {JobState::kWaitingApproval};
  job.pinned = current_;
  const bool asked = job.request && job.request->asked_by_job && job.request->step == step;
  gates_.Open(job, current_, step, asked, event.at, GateRules::KeptOutput(job, step));
}

// Only a supervisor that died, or a drain, leaves an outcome that nobody knows.
void History::Interrupted(const ModelJob& job) const {
  Require(!job.starts.rbegin()->second.dry, "I3",
          [&] { return job.seen.id + " was interrupted in a dry run"; });
  const bool died = job.attempts.at(job.starts.size() - 1).incarnation != model_.incarnation;
  Require(died || job.starts.rbegin()->second.drained, "I3",
          [&] { return job.seen.id + " was interrupted though its supervisor lives"; });
}

void History::Recovered(const ModelJob& job) const {
  const JobType* type = RunsBy(job)->Find(job.seen.entrypoint);
  Require(type && type->idempotent && !job.starts.rbegin()->second.gated, "I3",
          [&] { return job.seen.id + " runs again by itself, though once is all it may"; });
}

void History::Replaced(ModelJob& job, const Event& event, const Json& payload) {
  Require(!job.child, "I7", [&] { return Described(event) + " for the second time"; });
  job.child = payload.at("retriedAs").get<std::string>();
  const ModelJob* child = model_.Find(*job.child);
  Require(child && child->seen.parent_id == *event.job_id, "I7",
          [&] { return Described(event) + " as " + *job.child + ", which is no retry of it"; });
}

void History::Replayed(const Event& event, const Json& payload) const {
  const ModelJob* child = model_.Find(payload.at("replayedAs").get<std::string>());
  Require(child && child->seen.replay && child->seen.parent_id == *event.job_id, "I7",
          [&] { return Described(event) + ", and there is no such replay"; });
}

SettingsPtr History::DeclarationOf(const ModelJob& job) const {
  return job.pinned ? job.pinned : current_;
}

SettingsPtr History::RunsBy(const ModelJob& job) const {
  return job.pinned ? job.pinned : job.starts.rbegin()->second.declared;
}

}  // namespace jobgate::sim
