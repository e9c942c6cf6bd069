#include "src/engine/operations.h"

#include <utility>

#include "approvals/desk.h"
#include "src/turn/declarations.h"
#include "src/turn/lifecycle.h"
#include "src/turn/stop.h"

namespace jobgate {
namespace {

Error NotNow(const Job& job, const std::string& what) {
  Error error{Code::kConflict, job.id + " is " + std::string(NameOf(job.state)) + ": " + what};
  error.job_id = job.id;
  return error;
}

Result<Job> ResolveAsRetry(Turn& turn, const Job& job, const Told& told) {
  auto declaration = CurrentDeclarationOf(job, turn.config);
  if (!declaration) return Fail(std::move(declaration).error());
  if (GateOf(job, **declaration, turn.config)) {
    return Reopen(turn, job, Happening::kResolvedRetryGated,
                  "it was interrupted and is to run again", told);
  }
  Job next = job;
  if (next.tries > 0) --next.tries;  // an outcome that nobody knows is no failed try
  next.ready_at = turn.now;
  return Move(turn, job, std::move(next), Happening::kResolvedRetry, told);
}

}  // namespace

Result<Job> Cancel(Turn& turn, const Job& job, const std::string& reason, const Actor& actor) {
  if (!IsActive(job.state)) return Fail(NotNow(job, "there is nothing to cancel"));
  if (job.state == JobState::kRunning)
    return StopRunning(turn, job, {StopIntent::Kind::kCancel, actor, reason});
  Job next = job;
  next.last_error = reason.empty() ? "canceled by " + actor : reason;
  return Move(turn, job, std::move(next), Happening::kCanceled,
              {"job:canceled", actor, {{"reason", reason}}});
}

Result<Job> ForceFail(Turn& turn, const Job& job, const std::string& reason, const Actor& actor) {
  if (!IsActive(job.state)) return Fail(NotNow(job, "there is nothing to fail"));
  if (job.state == JobState::kRunning)
    return StopRunning(turn, job, {StopIntent::Kind::kFail, actor, reason});
  Job next = job;
  next.last_error = reason.empty() ? "failed by " + actor : reason;
  return Move(turn, job, std::move(next), Happening::kFailedByOperator,
              {"job:failed", actor, {{"reason", reason}}});
}

Result<Job> ChangePriority(Turn& turn, const Job& job, Priority priority, const Actor& actor) {
  if (job.state != JobState::kQueued && job.state != JobState::kWaitingApproval)
    return Fail(NotNow(job, "only a queued or waiting job has a priority to change"));
  Job next = job;
  next.priority = priority;
  return Amend(
      turn, job, std::move(next),
      Told{"job:priority", actor, {{"from", NameOf(job.priority)}, {"to", NameOf(priority)}}});
}

Result<Job> Resolve(Turn& turn, const Job& job, const ResolveJob& command, const Actor& actor) {
  if (job.state != JobState::kInterrupted)
    return Fail(NotNow(job, "only an interrupted job can be resolved"));
  constexpr std::string_view kAs[] = {"succeeded", "failed", "retry"};
  const Told told{"job:resolved",
                  actor,
                  {{"as", kAs[static_cast<size_t>(command.as)]}, {"reason", command.reason}}};
  Job next = job;
  switch (command.as) {
    case Resolution::kSucceeded:
      next.last_error.reset();
      return Move(turn, job, std::move(next), Happening::kResolvedSucceeded, told);
    case Resolution::kFailed:
      if (!command.reason.empty()) next.last_error = command.reason;
      return Move(turn, job, std::move(next), Happening::kResolvedFailed, told);
    case Resolution::kRetry:
      return ResolveAsRetry(turn, job, told);
  }
  return Fail(Code::kInternal, "unknown resolution");
}

Result<void> StopAllForDrain(Turn& turn, Duration waited) {
  constexpr int kAll = 100'000;
  auto running = turn.store.JobsIn(JobState::kRunning, "", kAll);
  if (!running) return Fail(std::move(running).error());
  const std::string reason = "stopped by a drain after " + FormatDuration(waited);
  for (const Job& job : *running) {
    if (job.stop) continue;
    Job next = job;
    next.stop = StopIntent{StopIntent::Kind::kDrain, "worker", reason};
    JOBGATE_TRY(Amend(turn, job, std::move(next), std::nullopt));
    turn.effects.stops.push_back({{job.id, job.attempts}, turn.config.worker.kill_grace});
  }
  return {};
}

}  // namespace jobgate
