#include "approvals/watch_desk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "approvals/desk.h"
#include "approvals/issue_desk.h"
#include "src/turn/discipline.h"
#include "src/turn/lifecycle.h"

namespace jobgate {
namespace {

constexpr int kLettersMax = 100;
// For how long a job is out of the way while GitHub cannot be asked. A look ends it early.
constexpr Duration kHold = std::chrono::seconds(30);

// Those whose issue was seen; the others wait for another look.
Result<void> LetGo(Turn& turn, const std::set<int64_t>& seen, const TakeObservations& look) {
  auto& held = turn.discipline.observations.held;
  for (const JobId& id : std::exchange(held, {})) {
    auto job = turn.store.FindJob(id);
    if (!job) return Fail(std::move(job).error());
    if (!*job || (*job)->state != JobState::kQueued || (*job)->ready_at <= turn.now) continue;
    const int64_t issue = (*job)->issue_id.value_or(0);
    if (!seen.contains(issue) && (!look.saw_all || look.unread.contains(issue))) {
      held.insert(id);
      continue;
    }
    Job next = **job;
    next.ready_at = std::max(turn.now, next.run_after.value_or(turn.now));
    if (auto freed = Amend(turn, **job, std::move(next), std::nullopt); !freed)
      return Fail(std::move(freed).error());
  }
  return {};
}

// The request that was posted may have been replaced since.
bool IsCurrent(const Job& job, const DeliveryReport& delivery) {
  return !delivery.nonce.empty() && job.gate && job.gate->nonce == delivery.nonce &&
         !job.gate->posted;
}

Result<void> Post(Turn& turn, const Job& job, const DeliveryReport& delivery) {
  Job next = job;
  const bool stands_now = IsCurrent(job, delivery);
  // What is said on an issue that the job has left since does not take it back there.
  if (!delivery.issue_url.empty() &&
      (stands_now || job.issue_id.value_or(delivery.issue) == delivery.issue)) {
    next.issue_id = delivery.issue;
    next.issue_url = delivery.issue_url;
  }
  if (stands_now) next.gate->posted = delivery.posted;
  if (next == job) return {};
  auto posted = Amend(turn, job, std::move(next), std::nullopt);
  if (posted && stands_now && IsPastExpiry(turn, job)) posted = GiveTimeAnew(turn, *posted);
  if (!posted) return Fail(std::move(posted).error());
  return {};
}

// The issue that the request was to go to is no longer there.
Result<void> AskElsewhere(Turn& turn, const Job& job, const std::string& why) {
  Job next = job;
  next.issue_id.reset();
  next.issue_url.reset();
  next.gate->reason = why;
  const Told waits{"job:waiting_approval", std::nullopt, RequestPayload(next)};
  auto asked = Amend(turn, job, std::move(next), waits);
  if (!asked) return Fail(std::move(asked).error());
  return {};
}

// Whether it was written for another issue than the job's own of now.
bool LeftSince(const Job& job, const OutboxMessage& message) {
  const auto said = IssueMessageOf(message);
  return message.kind == kCommentKind && said && said->issue && job.issue_id != said->issue;
}

Result<void> SayWhereItStands(Turn& turn, OutboxMessage message) {
  auto said = IssueMessageOf(message);
  if (!said) return Fail(std::move(said).error());
  said->issue.reset();
  said->issue_url.clear();
  message.request = Canonical(ToJson(*said));
  turn.effects.look_at_issues = true;
  return turn.store.PutOutbox(message);
}

// A request that is past its expiry waits for nobody once GitHub has refused to take it.
Result<void> GiveUpAsking(Turn& turn, const Job& job, const DeliveryReport& delivery) {
  if (!IsCurrent(job, delivery) || !IsPastExpiry(turn, job)) return {};
  if (auto expired = Expire(turn, job); !expired) return Fail(std::move(expired).error());
  return {};
}

// Forgets those that no longer wait, or have time again.
Result<std::set<int64_t>> LastLooks(const Turn& turn) {
  auto& last_looks = turn.discipline.observations.last_looks;
  std::set<int64_t> issues;
  for (const JobId& id : std::exchange(last_looks, {})) {
    auto job = turn.store.FindJob(id);
    if (!job) return Fail(std::move(job).error());
    if (!*job || !IsPastExpiry(turn, **job)) continue;
    last_looks.insert(id);
    if ((*job)->issue_id && (*job)->gate->posted) issues.insert(*(*job)->issue_id);
  }
  return issues;
}

Result<std::set<int64_t>> IssuesOf(const Turn& turn, const std::set<JobId>& jobs) {
  std::set<int64_t> issues;
  for (const JobId& id : jobs) {
    auto job = turn.store.FindJob(id);
    if (!job) return Fail(std::move(job).error());
    if (*job && (*job)->issue_id) issues.insert(*(*job)->issue_id);
  }
  return issues;
}

Letter LetterOf(const Turn& turn, OutboxMessage message, const std::optional<Job>& job) {
  Letter letter{std::move(message), std::nullopt, "", ""};
  if (job) letter.issue = job->issue_id;
  if (job) letter.issue_url = job->issue_url.value_or("");
  if (job) letter.requester_login = LoginOf(turn.config, job->requester);
  const auto said = IssueMessageOf(letter.message);
  if (!said || !said->issue || said->issue == letter.issue) return letter;
  letter.issue = said->issue;
  letter.issue_url = said->issue_url;
  return letter;
}

// Oldest first; those of one issue stay in order.
Result<void> AddLetters(const Turn& turn, const std::set<JobId>& without, ApprovalWork& work) {
  auto skipped = IssuesOf(turn, without);
  if (!skipped) return Fail(std::move(skipped).error());
  std::string after;
  for (;;) {
    auto messages = turn.store.Outbox(false, after, kLettersMax);
    if (!messages) return Fail(std::move(messages).error());
    for (OutboxMessage& message : *messages) {
      after = message.id;
      if (without.contains(message.job_id)) continue;
      auto job = turn.store.FindJob(message.job_id);
      if (!job) return Fail(std::move(job).error());
      if (*job && skipped->contains((*job)->issue_id.value_or(0))) continue;
      work.letters.push_back(LetterOf(turn, std::move(message), *job));
      if (std::ssize(work.letters) == kLettersMax) return {};
    }
    if (std::ssize(*messages) < kLettersMax) return {};
  }
}

Result<std::optional<OutboxMessage>> FindMessage(Store& store, const std::string& id) {
  std::string before = id;
  before.back() = static_cast<char>(before.back() - 1);
  auto messages = store.Outbox(false, before, 2);
  if (!messages) return Fail(std::move(messages).error());
  for (OutboxMessage& message : *messages)
    if (message.id == id) return std::optional(std::move(message));
  return std::optional<OutboxMessage>();
}

}  // namespace

Result<ApprovalWork> FindApprovalWork(const Turn& turn, const std::set<JobId>& without) {
  ApprovalWork work;
  work.starts_wait = !turn.discipline.observations.held.empty();
  auto issues = turn.store.ActiveIssues();
  if (!issues) return Fail(std::move(issues).error());
  work.issues = *std::move(issues);
  for (const int64_t number : work.issues) {
    auto jobs = turn.store.ActiveJobsOfIssue(number);
    if (!jobs) return Fail(std::move(jobs).error());
    for (const Job& job : *jobs)
      if (job.issue_url) work.addresses[*job.issue_url] = number;
  }
  auto last_looks = LastLooks(turn);
  if (!last_looks) return Fail(std::move(last_looks).error());
  work.last_looks = *std::move(last_looks);
  JOBGATE_TRY(AddLetters(turn, without, work));
  return work;
}

Result<void> HearOfIssues(Turn& turn, const TakeObservations& look) {
  const Time at = turn.now - (turn.monotonic - look.looked_at);
  const LookTime when{at, look.time_there.value_or(at) - at};
  std::set<int64_t> numbers;
  for (const IssueObservation& seen : look.issues) {
    JOBGATE_TRY(Observe(turn, seen, when));
    turn.discipline.observations.Saw(seen.number, look.looked_at);
    numbers.insert(seen.number);
  }
  if (look.saw_all) turn.discipline.observations.SawAll(look.looked_at, look.unread);
  return LetGo(turn, numbers, look);
}

Result<void> HearOfDelivery(Turn& turn, const DeliveryReport& delivery) {
  auto message = FindMessage(turn.store, delivery.message_id);
  if (!message) return Fail(std::move(message).error());
  if (!*message) return {};  // told twice
  auto job = turn.store.FindJob((*message)->job_id);
  if (!job) return Fail(std::move(job).error());
  const bool asks_elsewhere = delivery.is_gone && *job && IsCurrent(**job, delivery) &&
                              (*job)->state == JobState::kWaitingApproval;
  if (asks_elsewhere) {
    JOBGATE_TRY(AskElsewhere(turn, **job, delivery.parked));
  } else if (delivery.is_gone && *job && LeftSince(**job, **message)) {
    JOBGATE_TRY(SayWhereItStands(turn, **message));
    return {};
  } else if (!delivery.parked.empty()) {
    (*message)->parked = delivery.parked;
    JOBGATE_TRY(turn.store.PutOutbox(**message));
    return *job ? GiveUpAsking(turn, **job, delivery) : Result<void>();
  } else if (*job) {
    JOBGATE_TRY(Post(turn, **job, delivery));
  }
  return turn.store.DropOutbox(delivery.message_id);
}

Result<Job> HoldForLook(Turn& turn, const Job& job) {
  Job next = job;
  next.ready_at = turn.now + kHold;
  turn.discipline.observations.held.insert(job.id);
  turn.effects.look_at_issues = true;
  return Amend(turn, job, std::move(next), std::nullopt);
}

}  // namespace jobgate
