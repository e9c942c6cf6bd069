#include "store/memory/tables.h"

#include <utility>
#include <vector>

namespace jobgate::memory {
namespace {

bool HasExpiry(const JobRecord& job) {
  return job.state == JobState::kWaitingApproval && job.expires_at;
}

bool IsFailed(const AttemptRecord& attempt) {
  return attempt.outcome == "failed" || attempt.outcome == "timed_out" ||
         attempt.outcome == "spawn_failed" || attempt.outcome == "interrupted";
}

// Puts `next` where `before` was, if it was there and both have a place in `set`.
template <typename Set, typename KeyOf>
void Replace(Set& set, KeyOf key_of, const JobRef& before, bool was_in, const JobRef& next,
             bool is_in) {
  if (was_in && (!is_in || key_of(before) != key_of(next))) set.Erase(key_of(before));
  if (is_in) set.Put(next);
}

}  // namespace

const JobRecord* Tables::FindJob(std::string_view id) const {
  const JobRef* found = jobs.Find(id);
  return found ? &**found : nullptr;
}

void Tables::Put(const JobRef& job) {
  JobRef before;
  if (const JobRef* found = jobs.Find(job->id)) before = *found;
  const bool was = static_cast<bool>(before);
  if (was) Count(*before, -1);
  Count(*job, 1);
  jobs.Put(job);
  Replace(jobs_by_state, ByState(), before, was, job, true);
  Replace(jobs_by_entrypoint, ByEntrypoint(), before, was, job, true);
  Replace(jobs_by_correlation, ByCorrelation(), before, was && before->correlation_id, job,
          job->correlation_id.has_value());
  Replace(jobs_by_dedupe_key, ByDedupeKey(), before, was && !before->dedupe_key.empty(), job,
          !job->dedupe_key.empty());
  Replace(jobs_by_issue, ByIssue(), before, was && before->issue_id, job,
          job->issue_id.has_value());
  Replace(jobs_ended, ByStateAndEnd(), before, was && before->finished_at, job,
          job->finished_at.has_value());
  Replace(expiries, ByExpiry(), before, was && HasExpiry(*before), job, HasExpiry(*job));
  Replace(warnings, ByWarning(), before, was && before->warn_at, job, job->warn_at.has_value());
  if (was && before->state == JobState::kQueued) TakeOutOfQueue(before);
  if (job->state == JobState::kQueued) {
    if (job->is_due)
      AddClaimable(job);
    else
      delayed.Put(job);
  }
  if (was && before->finished_at != job->finished_at) MoveKeysOf(*job);
}

void Tables::Promote(JobRef job) {
  delayed.Erase(ByReadyAt()(job));
  AddClaimable(std::move(job));
}

void Tables::AddClaimable(JobRef job) {
  claimable.Put(job);
  claimable_by_entrypoint.Put(job);
  claimable_by_ready_at.Put(std::move(job));
}

void Tables::TakeOutOfQueue(const JobRef& job) {
  delayed.Erase(ByReadyAt()(job));
  claimable.Erase(ByPriority()(job));
  claimable_by_entrypoint.Erase(ByEntrypointAndPriority()(job));
  claimable_by_ready_at.Erase(ByReadyAt()(job));
}

void Tables::Count(const JobRecord& job, int64_t change) {
  counts_[static_cast<size_t>(job.state)][static_cast<size_t>(job.priority)] += change;
  const bool queued = job.state == JobState::kQueued;
  if (!queued && job.state != JobState::kRunning) return;
  EntrypointTotals totals;
  if (const EntrypointRef* found = entrypoints.Find(job.entrypoint)) totals = (*found)->totals;
  (queued ? totals.queued : totals.running) += change;
  if (totals == EntrypointTotals())
    entrypoints.Erase(job.entrypoint);
  else
    entrypoints.Put(EntrypointRef(new EntrypointRecord(job.entrypoint, totals)));
}

void Tables::TakeOut(const AttemptRef& attempt) {
  attempts.Erase(ByJobAndNumber()(attempt));
  attempts_ended.Erase(ByEnd()(attempt));
  attempts_failed.Erase(ByEnd()(attempt));
  attempts_running.Erase(ByStart()(attempt));
}

void Tables::DropJob(std::string_view id) {
  const JobRef* found = jobs.Find(id);
  if (!found) return;
  const JobRef job = *found;
  std::vector<AttemptRef> of_job;
  for (auto at = attempts.From({job->id, 0}); at && (*at)->job_id == job->id; at.Next())
    of_job.push_back(*at);
  for (const AttemptRef& attempt : of_job) TakeOut(attempt);
  Count(*job, -1);
  jobs.Erase(job->id);
  jobs_by_state.Erase(ByState()(job));
  jobs_by_entrypoint.Erase(ByEntrypoint()(job));
  jobs_by_correlation.Erase(ByCorrelation()(job));
  if (!job->dedupe_key.empty()) jobs_by_dedupe_key.Erase(ByDedupeKey()(job));
  if (job->issue_id) jobs_by_issue.Erase(ByIssue()(job));
  TakeOutOfQueue(job);
  jobs_ended.Erase(ByStateAndEnd()(job));
  expiries.Erase(ByExpiry()(job));
  warnings.Erase(ByWarning()(job));
}

void Tables::Put(AttemptRef attempt) {
  if (const AttemptRef* found = attempts.Find(ByJobAndNumber()(attempt))) {
    const AttemptRef before = *found;
    TakeOut(before);
  }
  if (!attempt->ended_at) attempts_running.Put(attempt);
  if (attempt->ended_at && !attempt->is_dry) attempts_ended.Put(attempt);
  if (IsFailed(*attempt)) attempts_failed.Put(attempt);
  attempts.Put(std::move(attempt));
}

void Tables::Put(const IdempotencyRecord& key) {
  DropKey(key.key);
  const JobRecord* job = FindJob(key.job_id);
  const KeyRef record(new KeyRecord(key, job ? job->finished_at : std::nullopt));
  keys.Put(record);
  keys_by_job.Put(record);
  if (record->ended_at) keys_ended.Put(record);
}

void Tables::DropKey(std::string_view key) {
  const KeyRef* found = keys.Find(key);
  if (!found) return;
  const KeyRef record = *found;
  keys.Erase(ByKey()(record));
  keys_by_job.Erase(ByJobAndKey()(record));
  if (record->ended_at) keys_ended.Erase(ByJobsEnd()(record));
}

// A job has its own key, and those of submissions that it was the active duplicate of.
void Tables::MoveKeysOf(const JobRecord& job) {
  std::vector<IdempotencyRecord> of_job;
  for (auto at = keys_by_job.From({job.id, ""}); at && (*at)->key.job_id == job.id; at.Next())
    of_job.push_back((*at)->key);
  for (const IdempotencyRecord& key : of_job) Put(key);
}

void Tables::Put(OutboxMessage message) {
  DropMessage(message.id);
  auto& set = message.parked ? messages_parked : messages;
  set.Put(MessageRef(new MessageRecord(std::move(message))));
}

bool Tables::DropMessage(std::string_view id) {
  const bool there = messages.Find(id) || messages_parked.Find(id);
  messages.Erase(id);
  messages_parked.Erase(id);
  return there;
}

void Tables::Put(record::Setting setting) {
  settings.Put(SettingRef(new SettingRecord(std::move(setting))));
}

}  // namespace jobgate::memory
