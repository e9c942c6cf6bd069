#include "tests/simulation/promises.h"

#include <algorithm>

#include "tests/simulation/history.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr Duration kKeyLife = std::chrono::hours(24);
constexpr Duration kClockSlack = std::chrono::minutes(1);

bool IsEnded(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

void RequireCode(const Error& error, std::initializer_list<Code> allowed) {
  Require(std::find(allowed.begin(), allowed.end(), error.code) != allowed.end(), "I6",
          [&] { return "refused for no good reason: " + error.message; });
}

}  // namespace

void RememberCancels(Model& model, const std::vector<SentPtr>& sent) {
  for (const SentPtr& one : sent) {
    if (!one->MayHold()) continue;
    const auto* cancel = std::get_if<CancelJob>(&one->command);
    const auto* fail = std::get_if<FailJob>(&one->command);
    for (auto& [id, job] : model.jobs) {
      if (cancel && Names(cancel->id, id)) job.cancels.insert(one->actor);
      if (fail && Names(fail->id, id)) job.fails.insert(one->actor);
    }
  }
}

// A job goes only where somebody asked for it, and it may: ended, no key in use, and past its
// retention or beyond the number of jobs.
void ForgetJobs(Model& model, Store& durable, const std::vector<SentPtr>& sent,
                const Settings& settings, Time now) {
  for (const SentPtr& one : sent) {
    const auto* forget = std::get_if<ForgetJob>(&one->command);
    ModelJob* job = forget ? model.Find(forget->id) : nullptr;
    if (!job || !one->MayHold()) continue;
    const auto stored = durable.FindJob(forget->id);
    Require(stored.has_value(), "I1", [&] { return stored.error().message; });
    const bool told = one->answer && one->answer->has_value() &&
                      !std::get<ForgetReply>(**one->answer).go_on_after;
    Require(!told || !*stored, "I1", [&] { return forget->id + " was forgotten and is there"; });
    if (*stored) continue;
    const Job& seen = job->seen;
    Require(IsFinal(seen.state), "I1",
            [&] { return seen.id + " was forgotten while it was not history"; });
    const int64_t size = model.CountOf(JobState::kSucceeded) + model.CountOf(JobState::kFailed) +
                         model.CountOf(JobState::kCanceled);
    const bool old =
        now + kClockSlack >= *seen.finished_at + std::chrono::hours(24 * settings.history_days);
    Require(old || size + static_cast<int64_t>(sent.size()) > settings.history_max, "I1",
            [&] { return seen.id + " was forgotten too early"; });
    std::erase_if(model.keys, [&](const auto& known) {
      Require(
          known.second.job != seen.id || model.newest_time - *seen.finished_at >= kKeyLife, "I1",
          [&] { return seen.id + " was forgotten although " + known.first + " stands for it"; });
      return known.second.job == seen.id;
    });
    model.jobs.erase(forget->id);
  }
}

Promises::Promises(Model& model, SettingsPtr current, int64_t peak_queued, int64_t peak_waiting)
    : model_(model),
      current_(std::move(current)),
      peak_queued_(peak_queued),
      peak_waiting_(peak_waiting) {}

void Promises::Check(const std::vector<SentPtr>& sent, bool durable) {
  for (const SentPtr& one : sent) {
    RememberDoubt(*one);
    if (!one->answer) continue;
    const bool done = one->answer->has_value();
    Require(durable || !done || std::holds_alternative<TakeSnapshot>(one->command), "I13",
            [] { return std::string("an acknowledgement although the commit failed"); });
    Require(!one->error() || one->error()->code != Code::kInternal, "I6",
            [&] { return "an internal error: " + one->error()->message; });
    if (one->error() && one->error()->code == Code::kStoreFault) continue;
    CheckOne(*one);
  }
}

void Promises::RememberDoubt(const Sent& sent) {
  const auto* submit = std::get_if<SubmitJob>(&sent.command);
  const bool unknown = !sent.answer || (sent.error() && sent.error()->code == Code::kStoreFault);
  if (submit && !submit->dry_run && unknown && submit->idempotency_key)
    model_.doubtful_keys.insert(*submit->idempotency_key);
}

void Promises::CheckOne(const Sent& sent) {
  std::visit([&](const auto& command) { Check(sent, command); }, sent.command);
}

const Job& Promises::Stored(const Sent& sent) const {
  const ModelJob* job = model_.Find(sent.job()->id);
  Require(job != nullptr, "I1",
          [&] { return sent.job()->id + " was acknowledged and is not there"; });
  return job->seen;
}

bool Promises::IsValid(const SubmitJob& command) const {
  const JobType* type = current_->Find(command.entrypoint);
  const Json& params = command.params;
  if (!params.is_object() || params.size() != 1 || !params.contains("what") ||
      !params["what"].is_string() || params["what"].get<std::string>().size() > 20)
    return false;
  return std::all_of(type->steps.begin(), type->steps.end(),
                     [&](const StepRule& step) { return Render(step.run, params).has_value(); });
}

const KeySeen* Promises::LiveKey(const SubmitJob& command) const {
  if (!command.idempotency_key) return nullptr;
  const auto known = model_.keys.find(*command.idempotency_key);
  return known == model_.keys.end() ? nullptr : &known->second;
}

// It says what would run and what would gate it, whatever the queue is like.
void Promises::CheckPreview(const Sent& sent, const SubmitJob& command) const {
  const JobType* type = current_->Find(command.entrypoint);
  if (const Error* error = sent.error()) {
    RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument});
    Require(!type == (error->code == Code::kNotFound) && (!type || !IsValid(command)), "I6",
            [&] { return "a dry run was refused: " + error->message; });
    return;
  }
  Require(type && IsValid(command), "I6", [&] { return "a dry run of " + command.entrypoint; });
  const Json& preview = std::get<PreviewReply>(**sent.answer).preview;
  const JobState would_be = type->steps[0].gate ? JobState::kWaitingApproval : JobState::kQueued;
  bool same =
      preview.at("wouldBe") == NameOf(would_be) && preview.at("steps").size() == type->steps.size();
  for (size_t i = 0; same && i < type->steps.size(); ++i) {
    const Json& step = preview.at("steps")[i];
    same = step.at("argv") == Json(*Render(type->steps[i].run, command.params)) &&
           step.at("gated") == type->steps[i].gate.has_value() &&
           step.at("limits").at("memoryMb") == type->limits.memory_mb;
  }
  Require(same, "I5", [&] { return "a dry run shows something else: " + preview.dump(); });
}

void Promises::Check(const Sent& sent, const SubmitJob& command) {
  if (command.dry_run) return CheckPreview(sent, command);
  if (const Error* error = sent.error()) return CheckRefusedSubmit(command, *error);
  const Job& job = Stored(sent);
  Require(job.entrypoint == command.entrypoint && job.params == Canonical(command.params), "I1",
          [&] { return job.id + " is not what was acknowledged"; });
  const auto& reply = std::get<JobReply>(**sent.answer);
  if (!reply.created) return CheckDuplicate(sent, command, job);
  Require(sent.made == job.id, "I1",
          [&] { return job.id + " was acknowledged as new and is not"; });
}

// The same job again: of its key, or the active duplicate, which then has the key too.
void Promises::CheckDuplicate(const Sent& sent, const SubmitJob& command, const Job& job) {
  if (const KeySeen* known = LiveKey(command)) {
    const Job& holder = model_.jobs.at(known->job).seen;
    if (known->job == job.id) return;
    Require(IsEnded(holder.state) && model_.newest_time - *holder.finished_at > kKeyLife, "I1",
            [&] { return "the idempotency key of " + known->job + " gave " + job.id; });
  }
  const std::string key = command.idempotency_key.value_or("");
  const JobType* type = current_->Find(command.entrypoint);
  const bool active = type && type->dedupe && IsActive(sent.job()->state);
  Require((active || model_.doubtful_keys.contains(key)) && IdentityOf(command) == IdentityOf(job),
          "I1", [&] { return job.id + " was given for a submission it is no duplicate of"; });
  if (command.idempotency_key) model_.keys[key] = {job.id, IdentityOf(job)};
}

void Promises::CheckRefusedSubmit(const SubmitJob& command, const Error& error) const {
  RequireCode(error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kQueueFull,
                      Code::kBackpressure, Code::kIntakePaused, Code::kRateLimited});
  const bool declared = current_->Find(command.entrypoint) != nullptr;
  Require(declared == (error.code != Code::kNotFound), "I6",
          [&] { return "refused as undeclared or not: " + error.message; });
  if (!declared) return;
  Require(IsValid(command) == (error.code != Code::kInvalidArgument), "I6",
          [&] { return "refused as invalid or not: " + error.message; });
  if (error.code == Code::kConflict) {
    const KeySeen* known = LiveKey(command);
    const bool doubtful = model_.doubtful_keys.contains(command.idempotency_key.value_or(""));
    Require(doubtful || (known && !(known->identity == IdentityOf(command))), "I1",
            [&] { return "a conflict with nothing: " + error.message; });
  }
  if (InfoOf(error.code).exit_code != 4) return;
  if (error.code != Code::kQueueFull) {
    const Priority declared_priority =
        PriorityFromName(current_->types.at(command.entrypoint).priority).value();
    Require(model_.admission.MayRefuse(error.code, command.priority.value_or(declared_priority)),
            "I6", [&] { return "refused though nothing held it back: " + error.message; });
    Require(error.retry_after && error.retry_after->count() >= 1, "I6",
            [&] { return "refused without a word on when to come back: " + error.message; });
    return;
  }
  const bool held = current_->types.at(command.entrypoint).steps[0].gate.has_value();
  const bool shares = current_->types.at(command.entrypoint).queued_max.has_value();
  Require(held ? peak_waiting_ >= current_->waiting_max
               : shares || peak_queued_ >= current_->queued_max,
          "I6", [&] { return "refused as full, and there was room: " + error.message; });
}

void Promises::Check(const Sent& sent, const RetryJob& command) {
  if (const Error* error = sent.error()) {
    RequireCode(*error,
                {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kQueueFull});
    return;
  }
  const Job& fresh = Stored(sent);
  Require(sent.made == fresh.id && fresh.parent_id && Names(command.id, *fresh.parent_id), "I7",
          [&] { return fresh.id + " is not the retry it was acknowledged as"; });
  const ModelJob& old = model_.jobs.at(*fresh.parent_id);
  Require(old.child == fresh.id, "I7",
          [&] { return old.seen.id + " does not say that it was retried as " + fresh.id; });
}

void Promises::Check(const Sent& sent, const FailJob&) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict});
  const Job& job = Stored(sent);
  ModelJob& known = *model_.Find(job.id);
  if (sent.job()->state == JobState::kRunning && job.state == JobState::kRunning)
    known.fail_promised = !known.cancel_promised;
  else
    Require(job.state == JobState::kFailed, "I2",
            [&] { return job.id + " was failed and is " + std::string(NameOf(job.state)); });
}

void Promises::Check(const Sent& sent, const ReplayJob& command) {
  if (const Error* error = sent.error())
    return RequireCode(
        *error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kQueueFull});
  const Job& fresh = Stored(sent);
  Require(sent.made == fresh.id && fresh.replay && fresh.debug == command.debug &&
              fresh.parent_id && Names(command.id, *fresh.parent_id),
          "I7", [&] { return fresh.id + " is not the replay it was acknowledged as"; });
}

void Promises::Check(const Sent& sent, const ForgetJob&) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kConflict});
}

void Promises::Check(const Sent& sent, const DropDeadLetter&) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict});
  Require(Stored(sent).state == JobState::kFailed, "I7",
          [&] { return sent.job()->id + " was dropped from the dead-letter queue and is there"; });
}

void Promises::Check(const Sent& sent, const CancelJob&) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict});
  const Job& job = Stored(sent);
  if (sent.job()->state == JobState::kRunning && job.state == JobState::kRunning)
    model_.Find(job.id)->cancel_promised = model_.Find(job.id)->fails.empty();
  else
    Require(job.state == JobState::kCanceled, "I2",
            [&] { return job.id + " was canceled and is " + std::string(NameOf(job.state)); });
}

void Promises::Check(const Sent& sent, const ApproveJob& command) {
  if (const Error* error = sent.error())
    return RequireCode(
        *error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kForbidden});
  const Job& job = Stored(sent);
  const auto& given = model_.Find(job.id)->approvals;
  Require(std::any_of(given.begin(), given.end(),
                      [&](const ApprovalSeen& approval) {
                        return approval.by == sent.actor &&
                               approval.digest.starts_with(command.digest);
                      }),
          "I1", [&] { return job.id + " has lost the approval by " + sent.actor; });
}

void Promises::Check(const Sent& sent, const RejectJob&) {
  if (const Error* error = sent.error())
    return RequireCode(
        *error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kForbidden});
  Require(Stored(sent).state == JobState::kCanceled, "I2",
          [&] { return sent.job()->id + " was rejected and is not canceled"; });
}

void Promises::Check(const Sent& sent, const ResolveJob& command) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict});
  const JobState state = Stored(sent).state;
  const bool as_told = command.as == Resolution::kSucceeded ? state == JobState::kSucceeded
                       : command.as == Resolution::kFailed  ? state == JobState::kFailed
                                                            : true;
  Require(as_told, "I2", [&] { return sent.job()->id + " is not what it was resolved as"; });
}

void Promises::Check(const Sent& sent, const SetPriority&) {
  if (const Error* error = sent.error())
    return RequireCode(*error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict});
  Stored(sent);
}

void Promises::Check(const Sent& sent, const ExtendApproval&) {
  if (const Error* error = sent.error())
    return RequireCode(
        *error, {Code::kNotFound, Code::kInvalidArgument, Code::kConflict, Code::kForbidden});
  Stored(sent);
}

void Promises::Check(const Sent& sent, const ResetBreaker&) {
  if (sent.error()) RequireCode(*sent.error(), {Code::kNotFound});
}

void Promises::Check(const Sent& sent, const SetIntake&) {
  if (sent.error()) RequireCode(*sent.error(), {});
}

void Promises::Check(const Sent& sent, const TakeSnapshot&) {
  if (sent.error()) return RequireCode(*sent.error(), {});
  const auto& snapshot = std::get<EngineSnapshot>(**sent.answer);
  if (!snapshot.counts) return;
  Require(snapshot.counts->Total() == static_cast<int64_t>(model_.jobs.size()), "I11",
          [] { return std::string("a snapshot counts other jobs than there are"); });
}

}  // namespace jobgate::sim
