// Every job, attempt, idempotency key and setting, with the indexes that the store's questions
// walk along. Copying costs the same at any size and shares everything: see ordered_set.h.
//
// Owned by the thread that changes it; a copy may be read by any other.
#pragma once
#include <array>
#include <string_view>
#include <tuple>

#include "store/memory/ordered_set.h"
#include "store/memory/records.h"

namespace jobgate::memory {

struct ById {
  std::string_view operator()(const JobRef& job) const { return job->id; }
};
struct ByState {
  std::tuple<JobState, Priority, std::string_view> operator()(const JobRef& job) const {
    return {job->state, job->priority, job->id};
  }
};
struct ByPriority {
  std::tuple<Priority, std::string_view> operator()(const JobRef& job) const {
    return {job->priority, job->id};
  }
};
struct ByEntrypointAndPriority {
  std::tuple<std::string_view, Priority, std::string_view> operator()(const JobRef& job) const {
    return {job->entrypoint, job->priority, job->id};
  }
};
struct ByReadyAt {
  std::tuple<Time, std::string_view> operator()(const JobRef& job) const {
    return {job->ready_at, job->id};
  }
};
struct ByExpiry {
  std::tuple<Time, std::string_view> operator()(const JobRef& job) const {
    return {job->expires_at.value_or(Time{}), job->id};
  }
};
struct ByWarning {
  std::tuple<Time, std::string_view> operator()(const JobRef& job) const {
    return {job->warn_at.value_or(Time{}), job->id};
  }
};
struct ByStateAndEnd {
  std::tuple<JobState, Time, std::string_view> operator()(const JobRef& job) const {
    return {job->state, job->finished_at.value_or(Time{}), job->id};
  }
};
struct ByEntrypoint {
  std::tuple<std::string_view, std::string_view> operator()(const JobRef& job) const {
    return {job->entrypoint, job->id};
  }
};
struct ByCorrelation {
  std::tuple<std::string_view, std::string_view> operator()(const JobRef& job) const {
    return {job->correlation_id ? std::string_view(*job->correlation_id) : "", job->id};
  }
};
struct ByIssue {
  std::tuple<int64_t, std::string_view> operator()(const JobRef& job) const {
    return {job->issue_id.value_or(0), job->id};
  }
};
struct ByDedupeKey {
  std::string_view operator()(const JobRef& job) const { return job->dedupe_key; }
};

struct ByJobAndNumber {
  std::tuple<std::string_view, int> operator()(const AttemptRef& attempt) const {
    return {attempt->job_id, attempt->number};
  }
};
struct ByEnd {
  std::tuple<Time, std::string_view, int> operator()(const AttemptRef& attempt) const {
    return {attempt->ended_at.value_or(Time{}), attempt->job_id, attempt->number};
  }
};
struct ByStart {
  std::tuple<Time, std::string_view, int> operator()(const AttemptRef& attempt) const {
    return {attempt->started_at, attempt->job_id, attempt->number};
  }
};

struct ByKey {
  std::string_view operator()(const KeyRef& key) const { return key->key.key; }
  std::string_view operator()(const MessageRef& message) const { return message->message.id; }
  std::string_view operator()(const SettingRef& setting) const { return setting->setting.key; }
};
struct ByJobAndKey {
  std::tuple<std::string_view, std::string_view> operator()(const KeyRef& key) const {
    return {key->key.job_id, key->key.key};
  }
};
struct ByJobsEnd {
  std::tuple<Time, std::string_view> operator()(const KeyRef& key) const {
    return {key->ended_at.value_or(Time{}), key->key.key};
  }
};

struct ByName {
  std::string_view operator()(const EntrypointRef& entrypoint) const { return entrypoint->name; }
};

class Tables {
 public:
  // Each adds a record or replaces the one with its key.
  void Put(const JobRef& job);
  void Put(AttemptRef attempt);
  void Put(const IdempotencyRecord& key);
  void Put(OutboxMessage message);
  void Put(record::Setting setting);
  void DropKey(std::string_view key);
  bool DropMessage(std::string_view id);  // false where there is none
  void DropJob(std::string_view id);      // with its attempts
  // A delayed job whose time has come takes its place among those that can be claimed.
  void Promote(JobRef job);

  const JobRecord* FindJob(std::string_view id) const;
  int64_t CountOf(JobState state, Priority priority) const {
    return counts_[static_cast<size_t>(state)][static_cast<size_t>(priority)];
  }

  OrderedSet<JobRef, ById> jobs;
  OrderedSet<JobRef, ByState> jobs_by_state;
  OrderedSet<JobRef, ByEntrypoint> jobs_by_entrypoint;
  OrderedSet<JobRef, ByCorrelation> jobs_by_correlation;  // those that have one
  OrderedSet<JobRef, ByDedupeKey> jobs_by_dedupe_key;     // active ones that have one
  OrderedSet<JobRef, ByIssue> jobs_by_issue;              // active ones that have one
  // Queued jobs are in `delayed` until they are due, then in the three others.
  OrderedSet<JobRef, ByReadyAt> delayed;
  OrderedSet<JobRef, ByPriority> claimable;
  OrderedSet<JobRef, ByEntrypointAndPriority> claimable_by_entrypoint;
  OrderedSet<JobRef, ByReadyAt> claimable_by_ready_at;
  OrderedSet<JobRef, ByStateAndEnd> jobs_ended;
  OrderedSet<JobRef, ByExpiry> expiries;  // of waiting jobs
  OrderedSet<JobRef, ByWarning> warnings;

  OrderedSet<AttemptRef, ByJobAndNumber> attempts;
  OrderedSet<AttemptRef, ByEnd> attempts_ended;   // that were executed
  OrderedSet<AttemptRef, ByEnd> attempts_failed;  // or lost
  OrderedSet<AttemptRef, ByStart> attempts_running;

  OrderedSet<KeyRef, ByKey> keys;
  OrderedSet<KeyRef, ByJobAndKey> keys_by_job;
  OrderedSet<KeyRef, ByJobsEnd> keys_ended;

  OrderedSet<MessageRef, ByKey> messages;  // those to be delivered
  OrderedSet<MessageRef, ByKey> messages_parked;

  OrderedSet<SettingRef, ByKey> settings;

  OrderedSet<EntrypointRef, ByName> entrypoints;  // those with queued or running jobs

 private:
  void TakeOut(const AttemptRef& attempt);
  void Count(const JobRecord& job, int64_t change);
  void AddClaimable(JobRef job);
  void TakeOutOfQueue(const JobRef& job);
  void MoveKeysOf(const JobRecord& job);

  std::array<std::array<int64_t, kAllPriorities.size()>, kAllJobStates.size()> counts_{};
};

}  // namespace jobgate::memory
