#include "src/worker/endings.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>
#include <variant>

#include "approvals/desk.h"
#include "approvals/digest.h"
#include "approvals/step_output.h"
#include "src/base/digest.h"
#include "src/base/overload.h"
#include "src/turn/declarations.h"
#include "src/turn/discipline.h"
#include "src/turn/issue_use.h"
#include "src/worker/backoff.h"
#include "src/worker/plan_check.h"
#include "src/worker/starts.h"

namespace jobgate {
namespace {

constexpr size_t kFileBytesMax = 64 * 1024;

// The exit in words and numbers.
struct Ending {
  std::string outcome;  // Attempt::outcome
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<std::string> error;
};

std::string SignalName(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

Ending EndingOf(const ExitRecord& record) {
  return std::visit(
      Overload{[](const Exited& exit) -> Ending {
                 if (exit.code == 0) return {"succeeded", 0, {}, {}};
                 return {"failed", exit.code, {}, "exit code " + std::to_string(exit.code)};
               },
               [](const Signaled& end) -> Ending {
                 return {"failed", {}, end.signal, "killed by " + SignalName(end.signal)};
               },
               [&](const TimedOut& end) -> Ending {
                 return {"timed_out",
                         {},
                         end.signal ? std::optional(end.signal) : std::nullopt,
                         "timed out after " + FormatDuration(record.runtime)};
               },
               [](const SpawnFailed& end) -> Ending {
                 return {"spawn_failed", {}, {}, end.why};
               }},
      record.status);
}

// The approval a job asked for through JOBGATE_REQUEST.
struct Asked {
  std::string reason;
  std::optional<int64_t> issue;
};

Result<Asked> ParseRequest(const std::string& text) {
  auto json = ParseJson(text);
  if (!json) return Fail(std::move(json).error());
  if (!json->is_object() || json->size() != 1 || !json->contains("needsApproval") ||
      !json->at("needsApproval").is_object())
    return FailField("", "expected {\"needsApproval\": {\"reason\": \"…\"}}");
  Asked asked;
  for (const auto& [key, value] : json->at("needsApproval").items()) {
    if (key == "reason" && value.is_string()) {
      asked.reason = value.get<std::string>();
    } else if (key == "issue" && value.is_number_unsigned() &&
               value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)) {
      asked.issue = value.get<int64_t>();
    } else {
      return FailField("/needsApproval/" + PointerToken(key),
                       "expected reason (text) or issue (number)");
    }
  }
  return asked;
}

// The stored job, where `id` is its running attempt.
Result<std::optional<Job>> RunningJob(Turn& turn, const AttemptId& id) {
  auto job = turn.store.FindJob(id.job_id);
  if (!job || !*job) return job;
  if ((*job)->state != JobState::kRunning || (*job)->attempts != id.number)
    return std::optional<Job>();
  return job;
}

// Writes the end of an attempt, and what follows from it for its entrypoint.
Result<void> Finish(Turn& turn, const Job& job, const Attempt& attempt, Duration runtime) {
  JOBGATE_TRY(turn.store.FinishAttempt(attempt));
  if (attempt.incarnation != kDryRun)
    turn.effects.ended_attempts.push_back({job.entrypoint, *attempt.outcome, runtime});
  return turn.discipline.breakers.Ended(turn, job.entrypoint, attempt);
}

bool IsStoppedByPerson(const Job& job) {
  return job.stop && job.stop->kind != StopIntent::Kind::kDrain;
}

// A person's intent to end the job holds, however its attempt ended.
Result<void> EndAsAsked(Turn& turn, const Job& job, Job next, Json payload) {
  const StopIntent& stop = *job.stop;
  next.last_error = stop.reason.empty() ? "stopped by " + stop.by : stop.reason;
  payload["reason"] = stop.reason;
  const bool cancel = stop.kind == StopIntent::Kind::kCancel;
  auto ended =
      Move(turn, job, std::move(next), cancel ? Happening::kCanceled : Happening::kFailedByOperator,
           {cancel ? "job:canceled" : "job:failed", stop.by, std::move(payload)});
  if (!ended) return Fail(std::move(ended).error());
  return {};
}

// A check is a run of a step without a gate.
bool ResumesByItself(const Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  return declaration && (*declaration)->idempotent &&
         (WasPlanCheck(job) || !GateOf(job, **declaration, turn.config));
}

Result<void> Poison(Turn& turn, const Job& job) {
  const std::string reason =
      "interrupted " + std::to_string(job.interruptions) + " times: it may bring the host down";
  auto given_up = GiveUp(turn, job, reason, Happening::kPoisoned);
  if (!given_up) return Fail(std::move(given_up).error());
  return {};
}

// The attempt is finished, and says nothing about the work. A drain is no sign of poison.
Result<void> Interrupt(Turn& turn, const Job& job, Job next, const std::string& why) {
  if (!job.stop) ++next.interruptions;
  next.last_error = why;
  next.stop.reset();
  auto lost = Move(turn, job, std::move(next), Happening::kLost,
                   {"job:interrupted", std::nullopt, {{"attempt", job.attempts}, {"reason", why}}});
  if (!lost) return Fail(std::move(lost).error());
  if (lost->interruptions >= lost->attempts_max) return Poison(turn, *lost);
  if (!ResumesByItself(turn, *lost)) return {};
  Job again = *lost;
  --again.tries;
  again.ready_at = turn.now;
  JOBGATE_TRY(Move(turn, *lost, std::move(again), Happening::kResumed,
                   {"job:recovered", std::nullopt, {{"attempt", job.attempts}}}));
  return {};
}

// The name of the step that a check runs; a declaration that is gone ends the job all the same.
std::string CheckedStep(const Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  return declaration ? AtStepBefore(job, **declaration).step_name : job.step_name;
}

// Applies one record to one job; its methods are the branches of the lifecycle.
class Ended {
 public:
  // `incarnation` is that of the attempt.
  Ended(Turn& turn, const Job& job, const ExitRecord& record, std::string incarnation)
      : turn_(turn),
        job_(job),
        record_(record),
        incarnation_(std::move(incarnation)),
        ending_(EndingOf(record)),
        next_(job),
        checks_(WasPlanCheck(job)),
        step_name_(checks_ ? CheckedStep(turn, job) : job.step_name) {
    next_.exit_code = ending_.exit_code;
    next_.signal = ending_.signal;
    next_.usage.cpu_ms += record.usage.cpu_ms;
    next_.usage.rss_bytes_max = std::max(next_.usage.rss_bytes_max, record.usage.rss_bytes_max);
    if (record.progress) next_.progress = record.progress;
    next_.finished_at = EndedAt();  // where the job ends with it
  }

  Result<void> Apply() {
    if (job_.stop) return ApplyStop();
    if (ending_.outcome != "succeeded") return ApplyFailure();
    TakeResult();
    if (checks_) return ApplyCheck();
    if (!record_.request) return ApplySuccess();
    auto asked = record_.request->size() > kFileBytesMax
                     ? Result<Asked>(FailField("", "larger than 64 KiB"))
                     : ParseRequest(*record_.request);
    if (asked) return ApplyAsked(*asked);
    return FailBecause("JOBGATE_REQUEST is not valid: " + asked.error().message);
  }

 private:
  // The daemon may have been away. A clock that was set back meanwhile makes no attempt end before
  // the last that was heard of it.
  Time EndedAt() const { return std::max(job_.updated_at, turn_.now - record_.since_end); }

  void TakeResult() {
    next_.last_error.reset();
    if (!record_.result) return;
    if (record_.result->size() > kFileBytesMax) {
      next_.last_error = "the result was not kept: JOBGATE_RESULT is larger than 64 KiB";
    } else if (auto parsed = ParseJson(*record_.result)) {
      next_.result = Canonical(*parsed);
      left_result_ = true;
    } else {
      next_.last_error = "the result was not kept: JOBGATE_RESULT is " + parsed.error().message;
    }
  }

  // After TakeResult: for whoever approves what comes next.
  std::optional<StepOutput> Output() const {
    if (!record_.stdout_sha256) return std::nullopt;
    return StepOutput{record_.id.number, *record_.stdout_sha256,
                      left_result_ ? Sha256Hex(*next_.result) : ""};
  }

  Result<void> FailBecause(std::string error) {
    ending_.outcome = "failed";
    ending_.error = std::move(error);
    return ApplyFailure();
  }

  Result<void> FinishAttempt(const std::string& outcome) {
    Attempt attempt;
    attempt.job_id = job_.id;
    attempt.number = record_.id.number;
    attempt.incarnation = incarnation_;
    attempt.ended_at = EndedAt();
    attempt.outcome = outcome;
    attempt.exit_code = ending_.exit_code;
    attempt.signal = ending_.signal;
    attempt.error = ending_.error;
    attempt.usage = record_.usage;
    return Finish(turn_, job_, attempt, record_.runtime);
  }

  Json Payload() const {
    Json payload = {{"attempt", job_.attempts}, {"step", step_name_}};
    if (checks_) payload["planCheck"] = true;
    if (ending_.exit_code) payload["exitCode"] = *ending_.exit_code;
    if (ending_.signal) payload["signal"] = *ending_.signal;
    if (ending_.error) payload["error"] = *ending_.error;
    return payload;
  }

  Result<void> Move(Happening happening, const Told& told) {
    auto moved = jobgate::Move(turn_, job_, std::move(next_), happening, told);
    if (!moved) return Fail(std::move(moved).error());
    return {};
  }

  Result<void> ApplyStop() {
    if (IsStoppedByPerson(job_)) {
      JOBGATE_TRY(FinishAttempt("canceled"));
      return EndAsAsked(turn_, job_, std::move(next_), Payload());
    }
    ending_.error = job_.stop->reason;
    JOBGATE_TRY(FinishAttempt("interrupted"));
    return Interrupt(turn_, job_, std::move(next_), job_.stop->reason);
  }

  Result<void> ApplySuccess() {
    JOBGATE_TRY(FinishAttempt("succeeded"));
    auto declaration = DeclarationOf(job_, turn_.config);
    if (!declaration) return GiveUpAfter(declaration.error().message);
    if (static_cast<size_t>(job_.step) + 1 == (*declaration)->steps.size())
      return Move(Happening::kSucceeded, {"job:succeeded", std::nullopt, Payload()});
    return GoOn(**declaration);
  }

  // What the step before leaves now, against what was approved.
  Result<void> ApplyCheck() {
    if (record_.request)
      return FailBecause("it asks for an approval while it is run to check what was approved");
    JOBGATE_TRY(FinishAttempt("succeeded"));
    --next_.tries;
    const auto output = Output();
    if (!output || !job_.gate->output || !IsSameOutput(*output, *job_.gate->output))
      return Drift(output);
    next_.gate->check->passed_at = EndedAt();
    return Move(Happening::kPlanChecked, {"job:plan_checked", std::nullopt, Payload()});
  }

  // Asks anew, about what the step before has left now.
  Result<void> Drift(const std::optional<StepOutput>& output) {
    const auto& approved = job_.gate->output;
    const auto differences = OutputDifferences(turn_, job_, step_name_, approved, output);
    if (approved && !approved->result_sha256.empty() && !left_result_) next_.result.reset();
    next_.gate->output = output;
    Json payload = Payload();
    payload["differences"] = Lines(differences);
    const std::string what = "step '" + step_name_ + "' no longer gives what was approved";
    auto reopened = Reopen(turn_, next_, Happening::kApprovalLost, DriftInWords(what, differences),
                           Told{"job:drifted", std::nullopt, std::move(payload)});
    if (reopened) return {};
    if (reopened.error().code == Code::kStoreFault) return Fail(std::move(reopened).error());
    return GiveUpAfter(reopened.error().message);
  }

  // To the next step: at once, or to its gate.
  Result<void> GoOn(const Entrypoint& declaration) {
    ++next_.step;
    next_.step_name = declaration.steps.at(static_cast<size_t>(next_.step)).name;
    next_.tries = 0;
    next_.gate.reset();
    if (declaration.steps.at(static_cast<size_t>(next_.step)).gate)
      return WaitAtGate(declaration, "step '" + next_.step_name + "' is gated", false);
    Job following = next_;
    auto started =
        StartAttempt(turn_, job_, std::move(following), declaration, Happening::kStepDone);
    if (started) return {};
    if (started.error().code == Code::kStoreFault) return Fail(std::move(started).error());
    return GiveUpAfter(started.error().message);
  }

  Result<void> WaitAtGate(const Entrypoint& declaration, const std::string& reason,
                          bool asked_by_job) {
    auto opened = OpenRequest(turn_, next_, declaration, reason, asked_by_job, Output());
    if (!opened) return GiveUpAfter(opened.error().message);
    Json payload = RequestPayload(next_);
    if (job_.issue_id && job_.issue_id != next_.issue_id)
      payload["movedFrom"] = {{"issueId", *job_.issue_id},
                              {"issueUrl", job_.issue_url.value_or("")}};
    return Move(Happening::kGateReached,
                {"job:waiting_approval", std::nullopt, std::move(payload)});
  }

  // To the issue that the job named, unless another job has it: then all is said where it was, or
  // on an issue of its own.
  Result<void> MoveTo(std::optional<int64_t> issue) {
    if (!issue || issue == next_.issue_id) return {};
    auto user = UserOfIssue(turn_.store, *issue, job_.id);
    if (!user) return Fail(std::move(user).error());
    if (*user) return {};
    next_.issue_id = issue;
    next_.issue_url.reset();
    return {};
  }

  Result<void> ApplyAsked(const Asked& asked) {
    JOBGATE_TRY(FinishAttempt("asked_approval"));
    auto declaration = DeclarationOf(job_, turn_.config);
    if (!declaration) return GiveUpAfter(declaration.error().message);
    --next_.tries;
    next_.spec = Canonical(ToJson(**declaration));
    JOBGATE_TRY(MoveTo(asked.issue));
    const std::string reason = asked.reason.empty() ? "the job asks for approval" : asked.reason;
    return WaitAtGate(**declaration, reason, true);
  }

  // Of the process itself, or of a command that its shell ended with: sh(1) then exits with 128 and
  // the signal.
  void NameLimit(const ProcessLimits& limits) {
    const bool used_up = ending_.signal == SIGXCPU || ending_.exit_code == 128 + SIGXCPU;
    if (used_up && limits.cpu_seconds > 0)
      *ending_.error += ", limits.cpuSeconds is " + std::to_string(limits.cpu_seconds);
  }

  Result<void> ApplyFailure() {
    auto declaration = DeclarationOf(job_, turn_.config);
    if (declaration) NameLimit((*declaration)->limits);
    JOBGATE_TRY(FinishAttempt(ending_.outcome));
    const std::string why =
        checks_ ? "the check of step '" + step_name_ + "': " + *ending_.error : *ending_.error;
    next_.last_error = why;
    if (!declaration) return GiveUpAfter(declaration.error().message);
    const auto& permanent = (*declaration)->permanent_exit_codes;
    if (ending_.exit_code &&
        std::find(permanent.begin(), permanent.end(), *ending_.exit_code) != permanent.end())
      return GiveUpAfter(why + " is permanent for '" + job_.entrypoint + "'");
    if (job_.tries >= job_.attempts_max)
      return GiveUpAfter(why + " (try " + std::to_string(job_.tries) + " of " +
                         std::to_string(job_.attempts_max) + ")");
    return TryAgain((*declaration)->retry);
  }

  Result<void> TryAgain(const RetryPolicy& policy) {
    const Duration delay = BackoffDelay(policy, job_.tries, turn_.random);
    next_.run_after = turn_.now + delay;
    next_.ready_at = *next_.run_after;
    Json payload = Payload();
    payload["runAfter"] = FormatTime(*next_.run_after);
    payload["try"] = job_.tries;
    return Move(Happening::kTryFailed, {"job:retrying", std::nullopt, std::move(payload)});
  }

  Result<void> GiveUpAfter(const std::string& reason) {
    if (!next_.last_error) next_.last_error = reason;
    Json payload = Payload();
    payload["reason"] = reason;
    if (!turn_.config.dlq.enabled)
      return Move(Happening::kFailedWithoutDlq, {"job:failed", std::nullopt, std::move(payload)});
    next_.dlq_reason = reason;
    return Move(Happening::kFailedForGood, {"job:dlq", std::nullopt, std::move(payload)});
  }

  Turn& turn_;
  const Job& job_;
  const ExitRecord& record_;
  const std::string incarnation_;
  Ending ending_;
  Job next_;
  const bool checks_;
  const std::string step_name_;  // of the attempt
  bool left_result_ = false;
};

}  // namespace

Result<void> ApplyExit(Turn& turn, const ExitRecord& record) {
  auto job = RunningJob(turn, record.id);
  if (!job) return Fail(std::move(job).error());
  if (*job) JOBGATE_TRY(Ended(turn, **job, record, turn.incarnation).Apply());
  turn.effects.acknowledged.push_back(record.id);
  return {};
}

Result<void> ApplyRehearsal(Turn& turn, const AttemptId& id) {
  auto job = RunningJob(turn, id);
  if (!job) return Fail(std::move(job).error());
  if (!*job) return {};
  ExitRecord record;
  record.id = id;
  record.status = Exited{0};
  record.progress = "dry run: nothing was executed";
  return Ended(turn, **job, record, kDryRun).Apply();
}

Result<void> ApplyLoss(Turn& turn, const Job& job, const std::string& why) {
  Attempt attempt;
  attempt.job_id = job.id;
  attempt.number = job.attempts;
  attempt.ended_at = turn.now;
  attempt.outcome = "interrupted";
  attempt.error = why;
  JOBGATE_TRY(Finish(turn, job, attempt, Duration::zero()));
  if (!IsStoppedByPerson(job)) return Interrupt(turn, job, job, why);
  return EndAsAsked(turn, job, job, {{"attempt", job.attempts}, {"error", why}});
}

Result<void> ApplyProgress(Turn& turn, const AttemptProgress& progress) {
  auto job = RunningJob(turn, progress.id);
  if (!job) return Fail(std::move(job).error());
  if (!*job || (*job)->progress == progress.line) return {};
  Job next = **job;
  next.progress = progress.line;
  JOBGATE_TRY(Amend(turn, **job, std::move(next),
                    Told{"job:progress", std::nullopt, {{"line", progress.line}}}));
  return {};
}

}  // namespace jobgate
