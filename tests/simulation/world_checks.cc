#include <algorithm>
#include <string>

#include "tests/simulation/checks.h"
#include "tests/simulation/history.h"
#include "tests/simulation/promises.h"
#include "tests/simulation/violation.h"
#include "tests/simulation/world.h"

namespace jobgate::sim {
namespace {

constexpr Duration kClockSlack = std::chrono::minutes(1);
constexpr Duration kRestWithin = std::chrono::hours(24 * 60);
constexpr int kIdleTurnsMax = 3;

bool IsStopped(Store& durable) {
  return durable.GetSetting("worker.stopped").value_or(std::nullopt) == "true";
}

std::string Described(const Sent& sent) {
  if (!sent.answer) return "nothing";
  if (const Error* error = sent.error()) return std::to_string(static_cast<int>(error->code));
  const Job* job = sent.job();
  return job ? job->id + " " + std::string(NameOf(job->state)) : "done";
}

}  // namespace

// The engine's time by the simulator's own count: from the start on, the wall clock's jumps do
// not count.
Time World::EngineTime() const {
  return engine_base_ + (clock_.Monotonic() - engine_started_);
}

void World::Settle(const Look& look) {
  Store& durable = daemon_.store().inner();
  const int64_t queued = model_.CountOf(JobState::kQueued);
  const int64_t waiting = model_.CountOf(JobState::kWaitingApproval);
  model_.newest_time = std::max(model_.newest_time, look.now);
  RememberCancels(model_, sent_);
  model_.admission.BeginLook();
  ForgetJobs(model_, durable, sent_, *look.settings, look.now);
  History history(model_, durable, ledger_, sent_, look.settings, look.now);
  observed_ = history.Read(look.last_seq);
  claimed_ = history.claimed();
  rehearsed_ = history.rehearsed();
  for (const Event& event : observed_) {
    trace_.Add(event.type + event.payload + event.job_id.value_or("") + event.actor.value_or(""));
    trace_.Add(ToUnixMs(event.at));
  }
  for (const JobId& id : history.touched())
    CheckJob(model_.jobs.at(id), durable, ledger_, history.gates());
  for (const SentPtr& sent : sent_) trace_.Add(Described(*sent));
  Promises(model_, look.settings, queued + static_cast<int64_t>(history.touched().size()),
           waiting + static_cast<int64_t>(history.touched().size()))
      .Check(sent_, look.durable);
  sent_.clear();
  processes_checked_ = CheckProcesses(model_, ledger_, processes_checked_);
  if (look.whole)
    CheckWholeStore(model_, durable, ledger_, history.gates(), look.now);
  else
    CheckCounts(model_, durable, look.now);
  if (!model_.draining) return;
  for (auto& [id, job] : model_.jobs)
    if (job.seen.state == JobState::kRunning) job.starts.rbegin()->second.drained = true;
}

void World::CheckTurn(bool sound, bool reloads) {
  const int64_t running_before = model_.CountOf(JobState::kRunning);
  const std::vector<Event> told = daemon_.observer().committed;
  for (const SentPtr& sent : sent_)
    Require(sent->answer.has_value(), "I13",
            [] { return std::string("a command without an answer"); });
  Settle({daemon_.settings(), EngineTime(), !daemon_.store().commit_failed(),
          figures_.turns % 200 == 0});
  Require(sound || daemon_.observer().store_faults.size() <= 1, "I13",
          [] { return std::string("one fault, told twice"); });
  if (!sound) {
    model_.overtaking = model_.claims - 1'000'000;  // the engine has counted what did not last
  }
  if (!sound || daemon_.store().commits() == 0) return;
  Require(daemon_.observer().store_faults.empty(), "I12", [&] {
    return "a turn failed though the store did not: " + daemon_.observer().store_faults[0];
  });
  if (daemon_.store().commits() == 1)
    Require(told == observed_, "I11",
            [] { return std::string("other events were told than written"); });
  model_.admission.CheckPressure(model_.CountOf(JobState::kQueued), *daemon_.settings());
  Require(model_.CountOf(JobState::kDeadLettered) <= daemon_.settings()->dlq_max, "I7",
          [] { return std::string("more dead letters are kept than may be"); });
  const Time now = observed_.empty() ? EngineTime() - kClockSlack : observed_.back().at;
  const bool is_free = !reloads && told_connected_ && daemon_.settings()->enabled &&
                       !IsStopped(daemon_.store().inner());
  CheckClaims({*daemon_.settings(), now, running_before, claimed_, rehearsed_, is_free}, model_);
  Require(rehearsed_.empty() || (due_at_ && *due_at_ <= clock_.Monotonic()), "I12",
          [] { return std::string("nothing is due after a dry run, and its slots are free"); });
}

// --- liveness

void World::ComeToRest() {
  auto settings = std::make_shared<Settings>(*model_.settings.back());
  settings->enabled = true;
  ++settings->serial;
  if (daemon_.is_up()) KillDaemon();
  StartDaemon(settings);
  daemon_.link().Connect();
  const Duration begun = clock_.Monotonic();
  RunTurn({{people_.StartWork()}, {}, {}});
  for (int idle_turns = 0;;) {
    supervisor_.CatchUp();
    daemon_.link().Deliver(1'000'000);
    auto reports = daemon_.link().Take(1'000'000);
    if (!reports.empty() || IsDue()) {
      const bool idle = reports.empty();
      RunTurn({{}, std::move(reports), {}});
      idle_turns = idle && observed_.empty() ? idle_turns + 1 : 0;
      Require(idle_turns <= kIdleTurnsMax, "I12", [] { return std::string("the engine spins"); });
      continue;
    }
    const auto next = supervisor_.NextDue();
    if (!next && !due_at_) break;
    const Duration at = std::min(next.value_or(Duration::max()), due_at_.value_or(Duration::max()));
    if (at - begun > kRestWithin) break;
    clock_.Advance(at - clock_.Monotonic());
  }
  CheckRest();
}

// Nothing runs; what has not ended waits for a person (an interrupted job alone: requests have
// expired by now).
void World::CheckRest() {
  Settle({daemon_.settings(), EngineTime(), true, true});
  Require(ledger_.alive().empty(), "I9",
          [&] { return ledger_.alive().begin()->first + " still has a process"; });
  for (const auto& known : model_.jobs) {
    const ModelJob& job = known.second;
    const JobState state = job.seen.state;
    if (IsFinal(state) || state == JobState::kDeadLettered) continue;
    const Settings& declared = job.pinned ? *job.pinned : *daemon_.settings();
    const JobType* type = declared.Find(job.seen.entrypoint);
    const StepRule* step = declared.FindStep(job.seen.entrypoint, job.seen.step);
    const StartSeen& last = job.starts.rbegin()->second;
    const bool can_resume =
        type && type->idempotent && !last.gated && step && (!step->gate || last.check);
    const bool waits = state == JobState::kInterrupted && !can_resume;
    Require(waits, "I12",
            [&] { return job.seen.id + " never ends: it is " + std::string(NameOf(state)); });
  }
}

}  // namespace jobgate::sim
