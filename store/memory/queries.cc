#include "store/memory/queries.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "store/refusals.h"

namespace jobgate::memory {
namespace {

// Jobs that come due at once are taken in bounded parts, the most urgent ones first, so that a
// night of delayed jobs does not hold up one turn.
constexpr size_t kPromotedMax = 5000;

void PromoteDue(Tables& tables, Time now) {
  std::vector<JobRef> due;
  for (auto at = tables.delayed.First(); at && (*at)->ready_at <= now; at.Next())
    due.push_back(*at);
  if (due.size() > kPromotedMax) {
    const auto by_urgency = [](const JobRef& a, const JobRef& b) {
      return ByPriority()(a) < ByPriority()(b);
    };
    std::nth_element(due.begin(), due.begin() + kPromotedMax, due.end(), by_urgency);
    due.resize(kPromotedMax);
  }
  for (JobRef& job : due) tables.Promote(std::move(job));
}

std::optional<Time> Earlier(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

template <typename Set>
std::optional<Time> ReadyAtFrom(const Set& set, Time from) {
  const auto at = set.From({from, ""});
  return at ? std::optional((*at)->ready_at) : std::nullopt;
}

// Candidates from `at` on for as long as `belongs` holds, `limit` of them at most.
template <typename Cursor, typename Belongs>
void AddFrom(Cursor at, const ClaimQuery& query, Belongs belongs,
             std::vector<Candidate>& candidates) {
  for (int left = query.limit; at && left > 0 && belongs(**at); at.Next()) {
    const JobRecord& job = **at;
    if (job.ready_at > query.now) continue;
    candidates.push_back({job.id, job.entrypoint, job.priority, job.ready_at});
    --left;
  }
}

void AddOfPriorities(const Tables& tables, const ClaimQuery& query,
                     std::vector<Candidate>& candidates) {
  for (const Priority priority : kAllPriorities) {
    if (priority > query.least) break;
    AddFrom(
        tables.claimable.From({priority, ""}), query,
        [&](const JobRecord& job) { return job.priority == priority; }, candidates);
  }
}

// No job of a blocked entrypoint is met; then of each priority the oldest are kept.
void AddOfEntrypoints(const Tables& tables, const ClaimQuery& query,
                      std::vector<Candidate>& candidates) {
  for (auto at = tables.entrypoints.First(); at; at.Next()) {
    const std::string& name = (*at)->name;
    if ((*at)->totals.queued == 0 || query.blocked.contains(name)) continue;
    for (const Priority priority : kAllPriorities) {
      if (priority > query.least) break;
      AddFrom(
          tables.claimable_by_entrypoint.From({name, priority, ""}), query,
          [&](const JobRecord& job) { return job.entrypoint == name && job.priority == priority; },
          candidates);
    }
  }
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tie(c.priority, c.id); });
  std::map<Priority, int> kept;
  std::erase_if(candidates, [&](const Candidate& c) { return ++kept[c.priority] > query.limit; });
}

// Of the attempts of running jobs; any other unended one is no attempt that runs.
std::optional<Time> OldestStart(const Tables& tables) {
  for (auto at = tables.attempts_running.First(); at; at.Next()) {
    const JobRef* job = tables.jobs.Find((*at)->job_id);
    if (job && (*job)->state == JobState::kRunning) return (*at)->started_at;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Job> FindJob(const Tables& tables, const JobId& id) {
  const JobRecord* job = tables.FindJob(id);
  return job ? std::optional(job->Unpack()) : std::nullopt;
}

Result<JobId> ResolveId(const Tables& tables, std::string_view prefix) {
  Result<JobId> first = NormalIdPrefix(prefix);
  if (!first) return first;
  auto at = tables.jobs.From(*first);
  if (!at || !(*at)->id.starts_with(*first)) return Fail(NoSuchJob(*first));
  const JobId found = (*at)->id;
  at.Next();
  if (found == *first || !at || !(*at)->id.starts_with(*first)) return found;
  return Fail(SeveralJobs(*first, found, (*at)->id));
}

std::vector<Attempt> AttemptsOf(const Tables& tables, const JobId& id) {
  std::vector<Attempt> attempts;
  for (auto at = tables.attempts.From({id, 0}); at && (*at)->job_id == id; at.Next())
    attempts.push_back((*at)->Unpack());
  return attempts;
}

StateTotals Totals(const Tables& tables) {
  StateTotals totals;
  for (const JobState state : kAllJobStates)
    for (const Priority priority : kAllPriorities)
      totals.Of(state) += tables.CountOf(state, priority);
  return totals;
}

EntrypointTotals TotalsOf(const Tables& tables, std::string_view entrypoint) {
  const EntrypointRef* found = tables.entrypoints.Find(entrypoint);
  return found ? (*found)->totals : EntrypointTotals();
}

std::map<std::string, EntrypointTotals> TotalsByEntrypoint(const Tables& tables) {
  std::map<std::string, EntrypointTotals> totals;
  for (auto at = tables.entrypoints.First(); at; at.Next()) totals[(*at)->name] = (*at)->totals;
  return totals;
}

StateCounts Counts(const Tables& tables, Time expiring_before) {
  StateCounts counts;
  for (const JobState state : kAllJobStates)
    for (const Priority priority : kAllPriorities)
      if (const int64_t count = tables.CountOf(state, priority); count > 0) {
        counts.by_state[state] += count;
        if (state == JobState::kQueued) counts.queued_by_priority[priority] += count;
      }
  counts.oldest_ready_at = Earlier(ReadyAtFrom(tables.delayed, Time::min()),
                                   ReadyAtFrom(tables.claimable_by_ready_at, Time::min()));
  counts.oldest_started_at = OldestStart(tables);
  for (auto at = tables.expiries.First(); at && *(*at)->expires_at < expiring_before; at.Next())
    ++counts.expiring_soon;
  return counts;
}

std::optional<Job> FindActiveDuplicate(const Tables& tables, std::string_view dedupe_key) {
  const JobRef* found = dedupe_key.empty() ? nullptr : tables.jobs_by_dedupe_key.Find(dedupe_key);
  return found ? std::optional((*found)->Unpack()) : std::nullopt;
}

std::optional<IdempotencyRecord> FindIdempotencyKey(const Tables& tables, std::string_view key) {
  const KeyRef* found = tables.keys.Find(key);
  return found ? std::optional((*found)->key) : std::nullopt;
}

std::optional<std::string> GetSetting(const Tables& tables, std::string_view key) {
  const SettingRef* found = tables.settings.Find(key);
  return found ? std::optional((*found)->setting.value) : std::nullopt;
}

std::vector<OutboxMessage> Outbox(const Tables& tables, bool parked, std::string_view after,
                                  int limit) {
  std::vector<OutboxMessage> messages;
  auto at = (parked ? tables.messages_parked : tables.messages).From(after);
  for (; at && std::ssize(messages) < limit; at.Next())
    if ((*at)->message.id != after) messages.push_back((*at)->message);
  return messages;
}

OutboxCounts CountOutbox(const Tables& tables) {
  return {tables.messages.size(), tables.messages_parked.size()};
}

std::vector<Job> ActiveJobsOfIssue(const Tables& tables, int64_t issue_id) {
  std::vector<Job> jobs;
  for (auto at = tables.jobs_by_issue.From({issue_id, ""}); at && (*at)->issue_id == issue_id;
       at.Next())
    jobs.push_back((*at)->Unpack());
  return jobs;
}

std::set<int64_t> ActiveIssues(const Tables& tables) {
  std::set<int64_t> issues;
  for (auto at = tables.jobs_by_issue.First(); at; at.Next()) issues.insert(*(*at)->issue_id);
  return issues;
}

std::vector<Candidate> Claimable(Tables& tables, const ClaimQuery& query) {
  PromoteDue(tables, query.now);
  std::vector<Candidate> candidates;
  if (query.blocked.empty())
    AddOfPriorities(tables, query, candidates);
  else
    AddOfEntrypoints(tables, query, candidates);
  return candidates;
}

std::vector<Job> JobsIn(const Tables& tables, JobState state, const JobId& after, int limit) {
  std::vector<JobRef> found;
  for (const Priority priority : kAllPriorities) {
    int left = limit;
    for (auto at = tables.jobs_by_state.From({state, priority, after}); at && left > 0; at.Next()) {
      if ((*at)->state != state || (*at)->priority != priority) break;
      if ((*at)->id <= after) continue;
      found.push_back(*at);
      --left;
    }
  }
  std::ranges::sort(found, {}, ById());
  std::vector<Job> jobs;
  for (const JobRef& job : found)
    if (std::ssize(jobs) < limit) jobs.push_back(job->Unpack());
  return jobs;
}

std::vector<Job> ExpiriesDue(const Tables& tables, Time now, int limit) {
  std::vector<Job> jobs;
  for (auto at = tables.expiries.First(); at && *(*at)->expires_at <= now; at.Next()) {
    if (std::ssize(jobs) >= limit) break;
    jobs.push_back((*at)->Unpack());
  }
  return jobs;
}

std::vector<Job> WarningsDue(const Tables& tables, Time now, int limit) {
  std::vector<Job> jobs;
  for (auto at = tables.warnings.First(); at && *(*at)->warn_at <= now; at.Next()) {
    if (std::ssize(jobs) >= limit) break;
    jobs.push_back((*at)->Unpack());
  }
  return jobs;
}

std::optional<Time> NextReadyAt(const Tables& tables, Time now) {
  const Time later = now + Duration(1);
  return Earlier(ReadyAtFrom(tables.delayed, later),
                 ReadyAtFrom(tables.claimable_by_ready_at, later));
}

std::optional<Time> NextExpiryOrWarning(const Tables& tables, Time now) {
  std::optional<Time> next;
  if (const auto at = tables.expiries.From({now, ""})) next = (*at)->expires_at;
  if (const auto at = tables.warnings.From({now, ""})) next = Earlier(next, (*at)->warn_at);
  return next;
}

std::vector<Attempt> FailedAttempts(const Tables& tables, Time from, int limit) {
  std::vector<Attempt> attempts;
  for (auto at = tables.attempts_failed.Last(); at && *(*at)->ended_at >= from; at.Prev()) {
    if (std::ssize(attempts) >= limit) break;
    attempts.push_back((*at)->Unpack());
  }
  return attempts;
}

Result<void> CheckStart(const Tables& tables, const Attempt& attempt) {
  if (attempt.number == 1 || attempt.ended_at) return {};
  for (auto at = tables.attempts.From({attempt.job_id, 0}); at && (*at)->job_id == attempt.job_id;
       at.Next())
    if (!(*at)->ended_at) return Fail(RefusedByRules("a job has one attempt at a time"));
  return {};
}

Result<void> CheckDelete(const Tables& tables, const JobId& id) {
  const JobRecord* job = tables.FindJob(id);
  const auto key = tables.keys_by_job.From({id, ""});
  const bool has_key = key && (*key)->key.job_id == id;
  if (job && IsFinal(job->state) && !has_key) return {};
  return Fail(CannotBeDeleted(id));
}

std::vector<std::string> LastOutcomes(const Tables& tables, int limit) {
  std::vector<std::string> outcomes;
  for (auto at = tables.attempts_ended.Last(); at && std::ssize(outcomes) < limit; at.Prev())
    outcomes.push_back((*at)->outcome);
  return outcomes;
}

}  // namespace jobgate::memory
