#include "tests/simulation/people.h"

#include <algorithm>

namespace jobgate::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<Actor> kPeople = {"os:root",  "os:alice", "os:bob",
                                    "os:carol", "token:ci", "token:alice"};
const std::vector<std::string> kTypes = {
    "plain",   "repeatable", "broken", "slow",    "asks",    "chain",   "gated",     "deploy",
    "guarded", "patient",    "twice",  "unknown", "checked", "checked", "rechecked", "rechecked"};
constexpr size_t kRemembered = 50;

template <typename T>
void Remember(std::vector<T>& all, T one) {
  all.push_back(std::move(one));
  if (all.size() > kRemembered) all.erase(all.begin());
}

}  // namespace

Asked People::Draw() {
  using enum JobState;
  const Actor actor = dice_.Pick(kPeople);
  if (dice_.OneIn(40))
    return {DropDeadLetter{Typed(JobIn({kDeadLettered})), dice_.OneIn(3)
                                                              ? DropDeadLetter::Why::kCleaned
                                                              : DropDeadLetter::Why::kCleared},
            actor};
  if (dice_.OneIn(50))
    return {FailJob{Typed(JobIn({kRunning, kQueued, kWaitingApproval, kInterrupted})), "enough"},
            actor};
  if (dice_.OneIn(30)) return {Replay(), actor};
  if (dice_.OneIn(20)) return {Batch(), actor};
  if (dice_.OneIn(25)) {
    SubmitJob asked = Submission();
    asked.dry_run = true;
    return {std::move(asked), actor};
  }
  if (dice_.OneIn(15))
    return {ForgetJob{JobIn({kFailed, kSucceeded, kCanceled}), dice_.OneIn(8) ? 3 : 0},
            "retention"};
  const int64_t roll = dice_.Below(100);
  if (roll < 42) return {Submission(), actor};
  if (roll < 66) return {Approval(), actor};
  if (roll < 69) return {RejectJob{Typed(JobIn({kWaitingApproval})), "no", "cli"}, actor};
  if (roll < 72)
    return {
        ExtendApproval{Typed(JobIn({kWaitingApproval})), dice_.Milliseconds(60'000, 36'000'000)},
        actor};
  if (roll < 80)
    return {CancelJob{Typed(JobIn({kRunning, kQueued, kWaitingApproval, kInterrupted})), "stop it"},
            actor};
  if (roll < 83)
    return {SetPriority{
                Typed(JobIn({kQueued, kWaitingApproval})),
                dice_.Pick(std::vector<Priority>(kAllPriorities.begin(), kAllPriorities.end()))},
            actor};
  if (roll < 89) return {Retry(), actor};
  if (roll < 95) {
    const auto as = static_cast<Resolution>(dice_.Below(dice_.OneIn(3) ? 3 : 6) % 3);
    return {ResolveJob{Typed(JobIn({kInterrupted})), as, "looked at it"}, actor};
  }
  if (roll < 96) return {TakeSnapshot{}, actor};
  if (roll < 97) {
    if (dice_.OneIn(3)) return {ResetBreaker{dice_.Pick(kTypes)}, actor};
    return {Intake(), actor};
  }
  if (roll < 98) return {StopWorker{dice_.OneIn(2)}, actor};
  return {StartWorker{}, actor};
}

SetIntake People::Intake() {
  if (dice_.OneIn(3)) return {{std::nullopt, static_cast<int>(dice_.Below(3) * 10), ""}};
  return {{dice_.OneIn(4), std::nullopt, "because"}};
}

Asked People::StartWork() {
  return {StartWorker{}, "os:root"};
}

Json People::Params() {
  static const std::vector<std::string> kWhat = {"a", "b", "c", "-x", "d e", "{}", "ä"};
  if (dice_.OneIn(40)) return Json::object();
  if (dice_.OneIn(40)) return {{"what", 1}};
  if (dice_.OneIn(40)) return {{"what", "a"}, {"more", true}};
  if (dice_.OneIn(40)) return {{"what", std::string(21, 'y')}};
  return {{"what", dice_.Pick(kWhat)}};
}

// Correlation ids number the submissions, so that each job can be told apart from outside.
SubmitJob People::Submission() {
  const std::string tag = "c" + std::to_string(++submissions_);
  if (!repeated_.empty() && dice_.OneIn(5)) {
    SubmitJob again = dice_.Pick(repeated_);
    again.correlation_id = tag;
    if (dice_.OneIn(6)) again.params = {{"what", "other"}};
    return again;
  }
  SubmitJob command;
  command.entrypoint = dice_.OneIn(3) ? "plain" : dice_.Pick(kTypes);
  command.params = Params();
  command.correlation_id = tag;
  if (dice_.OneIn(6))
    command.priority =
        dice_.Pick(std::vector<Priority>{Priority::kCritical, Priority::kHigh, Priority::kLow});
  if (dice_.OneIn(8)) command.delay = dice_.Milliseconds(1, 600'000);
  if (dice_.OneIn(12)) command.delay = hours(dice_.Between(1, 5));
  if (dice_.OneIn(8)) command.ttl = minutes(dice_.Between(1, 300));
  if (dice_.OneIn(10)) command.attempts_max = static_cast<int>(dice_.Between(1, 5));
  if (dice_.OneIn(10)) command.plan_hash = dice_.OneIn(2) ? "p1" : "p2";
  if (dice_.OneIn(3)) {
    command.idempotency_key = "key" + std::to_string(dice_.Below(200));
    Remember(repeated_, command);
  }
  return command;
}

SubmitBatch People::Batch() {
  SubmitBatch batch;
  for (int64_t count = dice_.Between(0, 8); count > 0; --count) {
    if (dice_.OneIn(12))
      batch.items.emplace_back(FailField("/entrypoint", "required"));
    else
      batch.items.emplace_back(Submission());
    if (batch.items.back() && dice_.OneIn(10)) batch.items.back()->dry_run = true;
  }
  return batch;
}

RetryJob People::Retry() {
  using enum JobState;
  RetryJob command;
  command.id = Typed(JobIn({kDeadLettered, kFailed, kSucceeded, kCanceled}));
  command.must_be_dead_lettered = dice_.OneIn(4);
  if (dice_.OneIn(4)) command.params = Params();
  if (dice_.OneIn(4)) command.priority = Priority::kHigh;
  if (dice_.OneIn(4)) command.note = "mended";
  return command;
}

ReplayJob People::Replay() {
  ReplayJob command;
  command.id = Typed(Replayable());
  command.debug = dice_.OneIn(2);
  if (dice_.OneIn(4)) command.params = Params();
  return command;
}

ApproveJob People::Approval() {
  const JobId id = JobIn({JobState::kWaitingApproval});
  ApproveJob command{Typed(id), "looks right", "cli", ""};
  const auto job = model_.jobs.find(id);
  if (job != model_.jobs.end() && !dice_.OneIn(3)) command.digest = DigestFor(job->second.seen);
  return command;
}

std::string People::DigestFor(const Job& job) {
  const std::string digest = job.gate ? job.gate->digest : std::string(64, 'a');
  Remember(old_digests_, digest);
  if (dice_.OneIn(8)) return dice_.Pick(old_digests_);
  if (dice_.OneIn(20)) return digest.substr(0, 11);
  return dice_.OneIn(2) ? digest : digest.substr(0, 12);
}

JobId People::JobIn(std::initializer_list<JobState> states) {
  std::vector<JobId> fitting, all;
  for (const auto& [id, job] : model_.jobs) {
    all.push_back(id);
    if (std::find(states.begin(), states.end(), job.seen.state) != states.end())
      fitting.push_back(id);
  }
  if (all.empty()) return "job_0";
  return fitting.empty() || dice_.OneIn(15) ? dice_.Pick(all) : dice_.Pick(fitting);
}

JobId People::Replayable() {
  using enum JobState;
  std::vector<JobId> replays;
  for (const auto& [id, job] : model_.jobs)
    if (job.seen.replay && job.seen.finished_at) replays.push_back(id);
  if (!replays.empty() && dice_.OneIn(2)) return dice_.Pick(replays);
  return JobIn({kDeadLettered, kFailed, kSucceeded, kCanceled});
}

std::string People::Typed(const JobId& id) {
  if (dice_.OneIn(30)) return "job_NOSUCHJOB";
  if (dice_.OneIn(10)) return id.substr(0, id.size() - static_cast<size_t>(dice_.Between(1, 6)));
  return id;
}

}  // namespace jobgate::sim
