#include "src/turn/lifecycle.h"

#include <utility>

#include "src/turn/declarations.h"

namespace jobgate {
namespace {

bool IsAtRest(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

bool Waits(const Job& job) {
  return job.state == JobState::kWaitingApproval && job.gate;
}

Error Forbidden(const Job& job) {
  return Error{Code::kConflict,
               job.id + " is " + std::string(NameOf(job.state)) + ": that is not possible now",
               {},
               std::nullopt,
               job.id};
}

}  // namespace

Result<void> Create(Turn& turn, const Job& job, const Told& told) {
  JOBGATE_TRY(turn.store.InsertJob(job));
  ++turn.counts.Of(job.state);
  if (Waits(job)) turn.effects.requests.push_back({job.id, job.gate->requested_at});
  return turn.Record(told.type, job.id, told.actor, told.payload);
}

Result<Job> Move(Turn& turn, const Job& before, Job next, Happening happening, const Told& told) {
  const auto to = StateAfter(before.state, happening);
  if (!to) return Fail(Forbidden(before));
  next.state = *to;
  next.updated_at = turn.now;
  if (IsAtRest(*to)) {
    if (!IsAtRest(before.state)) {
      if (!next.finished_at) next.finished_at = turn.now;
      turn.effects.ends.push_back(*to);
    }
    next.approval_expires_at.reset();
    next.run_after.reset();
    next.stop.reset();
  } else {
    next.finished_at.reset();
  }
  if (*to != JobState::kWaitingApproval) next.approval_warn_at.reset();
  if (*to == JobState::kQueued && IsHeldUntilQueued(next)) next.spec.reset();
  JOBGATE_TRY(turn.store.UpdateJob(next, before.state, before.attempts));
  --turn.counts.Of(before.state);
  ++turn.counts.Of(*to);
  if (happening == Happening::kClaimed) ++turn.effects.claims;
  if (Waits(next))
    turn.effects.requests.push_back({next.id, next.gate->requested_at});
  else if (Waits(before))
    turn.effects.requests.push_back({next.id, std::nullopt});
  JOBGATE_TRY(turn.Record(told.type, next.id, told.actor, told.payload));
  return next;
}

Result<Job> Amend(Turn& turn, const Job& before, Job next, const std::optional<Told>& told) {
  next.updated_at = turn.now;
  JOBGATE_TRY(turn.store.UpdateJob(next, before.state, before.attempts));
  if (told) JOBGATE_TRY(turn.Record(told->type, next.id, told->actor, told->payload));
  return next;
}

}  // namespace jobgate
