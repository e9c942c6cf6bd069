#include "src/worker/recovery.h"

#include <algorithm>
#include <utility>

#include "approvals/plan.h"
#include "src/turn/declarations.h"
#include "src/worker/endings.h"
#include "src/worker/plan_check.h"

namespace jobgate {
namespace {

constexpr int kPage = 500;

// Calls `visit(job)` for every running job, page by page.
template <typename Visit>
Result<void> ForEachRunning(Turn& turn, Visit visit) {
  JobId after;
  for (;;) {
    auto jobs = turn.store.JobsIn(JobState::kRunning, after, kPage);
    if (!jobs) return Fail(std::move(jobs).error());
    for (const Job& job : *jobs) JOBGATE_TRY(visit(job));
    if (jobs->size() < static_cast<size_t>(kPage)) return {};
    after = jobs->back().id;
  }
}

Result<std::string> IncarnationOf(Turn& turn, const Job& job) {
  auto attempts = turn.store.AttemptsOf(job.id);
  if (!attempts) return Fail(std::move(attempts).error());
  return attempts->empty() ? std::string() : attempts->back().incarnation;
}

AttemptId CurrentAttempt(const Job& job) {
  return {job.id, job.attempts};
}

// A durable start whose process never came to be. Its step passed the gate in the transaction
// of the start, and the approval was used by this very attempt; what may have changed since is
// a stop, or that it can no longer be rendered as it was.
Result<void> Respawn(Turn& turn, const Job& job) {
  const auto never_ran = [&](std::string why) {
    ExitRecord record;
    record.id = CurrentAttempt(job);
    record.status = SpawnFailed{std::move(why)};
    return ApplyExit(turn, record);
  };
  if (job.stop) return never_ran("stopped before it ran");
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return never_ran(declaration.error().message);
  const bool checks = WasPlanCheck(job);
  auto plan = PlanStep(turn, checks ? AtStepBefore(job, **declaration) : job, **declaration);
  if (!plan) return never_ran(plan.error().message);
  if (checks) {
    turn.effects.spawns.push_back(ToCheckRequest(turn, job, **declaration, *plan));
    return {};
  }
  if (const GatePolicy* gate = GateOf(job, **declaration, turn.config)) {
    if (!job.gate) return never_ran("its step has a gate now, and nobody approved it");
    if (plan->digest != job.gate->digest)
      return never_ran("what would run is no longer what was approved");
    if (NeedsPlanCheck(turn, job, *gate, job.attempts))
      return never_ran("it is too long ago that the step before was checked");
  }
  turn.effects.spawns.push_back(ToSpawnRequest(turn, job, **declaration, *plan, job.attempts));
  return {};
}

// Whether an attempt of `incarnation` that it does not tell of never ran.
bool KnowsAll(const SupervisorConnected& connected, const std::string& incarnation) {
  return incarnation == connected.incarnation ||
         std::find(connected.left.begin(), connected.left.end(), incarnation) !=
             connected.left.end();
}

void StopAgain(Turn& turn, const Job& job) {
  if (job.stop) turn.effects.stops.push_back({CurrentAttempt(job), turn.config.worker.kill_grace});
}

}  // namespace

Result<void> ApplyConnected(Turn& turn, const SupervisorConnected& connected) {
  for (const ExitRecord& record : connected.ended) JOBGATE_TRY(ApplyExit(turn, record));

  std::set<AttemptId> unclaimed(connected.running.begin(), connected.running.end());
  JOBGATE_TRY(ForEachRunning(turn, [&](const Job& job) -> Result<void> {
    auto incarnation = IncarnationOf(turn, job);
    if (!incarnation) return Fail(std::move(incarnation).error());
    if (unclaimed.erase(CurrentAttempt(job)) > 0) {
      StopAgain(turn, job);
    } else if (KnowsAll(connected, *incarnation)) {
      return Respawn(turn, job);
    } else {
      turn.effects.leftovers.push_back(CurrentAttempt(job));
    }
    return {};
  }));
  for (const AttemptId& stray : unclaimed)
    turn.effects.stops.push_back({stray, turn.config.worker.kill_grace});
  return {};
}

Result<void> ApplyLeftoversKilled(Turn& turn, const LeftoversKilled& killed) {
  for (const AttemptId& id : killed.ids) {
    auto job = turn.store.FindJob(id.job_id);
    if (!job) return Fail(std::move(job).error());
    if (!*job || (*job)->state != JobState::kRunning || (*job)->attempts != id.number) continue;
    JOBGATE_TRY(ApplyLoss(turn, **job, "its supervisor was lost: nobody knows how it ended"));
  }
  return {};
}

}  // namespace jobgate
