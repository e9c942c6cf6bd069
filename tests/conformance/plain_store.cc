#include "tests/conformance/plain_store.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "src/base/digest.h"
#include "src/base/json.h"

namespace jobgate {
namespace {

constexpr int kNoLimit = 1 << 30;

bool Ends(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed ||
         state == JobState::kCanceled || state == JobState::kDeadLettered;
}

bool IsObject(const std::string& text) {
  return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}

bool MayBe(const Job& job) {
  const bool waiting = job.state == JobState::kWaitingApproval;
  if (job.id.substr(0, 4) != "job_" || job.id.size() < 5) return false;
  if (!IsObject(job.params) || (job.spec && !IsObject(*job.spec))) return false;
  if (job.attempts_max < 1 || job.step < 0 || job.tries < 0 || job.attempts < job.tries ||
      job.attempts_max < job.tries)
    return false;
  if (job.state == JobState::kRunning && (!job.started_at || job.attempts < 1)) return false;
  if (waiting && (!job.gate || !job.approval_expires_at)) return false;
  if (job.approval_warn_at && !waiting) return false;
  if (Ends(job.state) != job.finished_at.has_value()) return false;
  if (job.state == JobState::kDeadLettered && !job.dlq_reason) return false;
  if (job.dlq_reason && job.state != JobState::kDeadLettered && job.state != JobState::kFailed)
    return false;
  return !(job.exit_code && job.signal);
}

bool MayBe(const Attempt& attempt) {
  static const std::set<std::string> outcomes = {"succeeded",   "failed",      "timed_out",
                                                 "canceled",    "interrupted", "asked_approval",
                                                 "spawn_failed"};
  if (attempt.number < 1 || attempt.ended_at.has_value() != attempt.outcome.has_value())
    return false;
  return !attempt.outcome || outcomes.count(*attempt.outcome) > 0;
}

bool MayBe(const OutboxMessage& message) {
  if (message.id.substr(0, 4) != "msg_" || message.id.size() < 5) return false;
  if (message.job_id.substr(0, 4) != "job_" || message.job_id.size() < 5) return false;
  return !message.kind.empty() && IsObject(message.request) && message.parked != "";
}

bool MayBe(const Event& event) {
  const size_t colon = event.type.find(':');
  return colon != std::string::npos && colon != 0 && colon + 1 != event.type.size() &&
         IsObject(event.payload);
}

// As docs/audit.md says it, of an event whose payload is not forgotten.
std::string Chained(const std::string& before, const Event& event) {
  Json text = Json::array({before.empty() ? std::string(64, '0') : before, event.seq,
                           event.at.time_since_epoch().count(), event.type, nullptr, nullptr,
                           Sha256Hex(event.payload)});
  if (event.job_id) text[4] = *event.job_id;
  if (event.actor) text[5] = *event.actor;
  return Sha256Hex(text.dump());
}

tl::unexpected<Error> Refused() {
  return Fail(Code::kInternal, "no record may be so");
}
tl::unexpected<Error> Taken() {
  return Fail(Code::kConflict, "another job holds this key already");
}

}  // namespace

template <typename Wanted, typename Key>
std::vector<Job> PlainStore::Sorted(Wanted wanted, Key key, int limit) const {
  std::vector<const Job*> found;
  for (const auto& [id, job] : jobs_)
    if (wanted(job)) found.push_back(&job);
  std::ranges::sort(found, [&](const Job* a, const Job* b) { return key(*a) < key(*b); });
  std::vector<Job> jobs;
  for (const Job* job : found)
    if (static_cast<int>(jobs.size()) < limit) jobs.push_back(*job);
  return jobs;
}

template <typename Map>
void PlainStore::Set(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
  const auto found = map.find(key);
  if (found == map.end()) {
    undo_.emplace_back([&map, key] { map.erase(key); });
    map.emplace(key, std::move(value));
  } else {
    undo_.emplace_back([&map, key, before = found->second] { map.at(key) = before; });
    found->second = std::move(value);
  }
}

void PlainStore::UndoTo(size_t size) {
  for (; undo_.size() > size; undo_.pop_back()) undo_.back()();
}

Result<void> PlainStore::Commit() {
  for (const auto& [key, record] : keys_)
    if (jobs_.count(record.job_id) == 0) {
      Rollback();
      return Refused();
    }
  undo_.clear();
  return {};
}

Result<void> PlainStore::Savepoint() {
  savepoint_ = undo_.size();
  return {};
}

Result<void> PlainStore::RollbackToSavepoint() {
  UndoTo(savepoint_);
  return {};
}

Result<void> PlainStore::Reopen() {
  Rollback();
  return {};
}

Result<void> PlainStore::InsertJob(const Job& job) {
  if (!MayBe(job) || jobs_.count(job.id) > 0) return Refused();
  if (!job.finished_at && job.dedupe_key)
    for (const auto& [id, other] : jobs_)
      if (!other.finished_at && other.dedupe_key == job.dedupe_key) return Taken();
  Set(jobs_, job.id, job);
  return {};
}

Result<void> PlainStore::UpdateJob(const Job& next, JobState expected, int expected_attempts) {
  const auto found = jobs_.find(next.id);
  if (found == jobs_.end() || found->second.state != expected ||
      found->second.attempts != expected_attempts)
    return Fail(Code::kConflict, next.id + " is no longer " + std::string(NameOf(expected)) +
                                     " after attempt " + std::to_string(expected_attempts));
  const Job& before = found->second;
  const bool leaves_dlq =
      before.state == JobState::kDeadLettered && next.state == JobState::kFailed;
  if (before.finished_at && before.state != next.state && !leaves_dlq) return Refused();
  Job after = before;
  std::tie(after.state, after.priority, after.step, after.step_name, after.attempts, after.tries,
           after.interruptions, after.updated_at, after.started_at, after.finished_at,
           after.run_after, after.ready_at, after.issue_id, after.issue_url,
           after.approval_expires_at, after.approval_warn_at, after.spec, after.git_commit,
           after.gate, after.stop, after.result, after.progress, after.last_error, after.exit_code,
           after.signal, after.retried_as, after.dlq_reason, after.usage) =
      std::tie(next.state, next.priority, next.step, next.step_name, next.attempts, next.tries,
               next.interruptions, next.updated_at, next.started_at, next.finished_at,
               next.run_after, next.ready_at, next.issue_id, next.issue_url,
               next.approval_expires_at, next.approval_warn_at, next.spec, next.git_commit,
               next.gate, next.stop, next.result, next.progress, next.last_error, next.exit_code,
               next.signal, next.retried_as, next.dlq_reason, next.usage);
  if (!MayBe(after)) return Refused();
  Set(jobs_, next.id, after);
  return {};
}

Result<std::optional<Job>> PlainStore::FindActiveDuplicate(std::string_view dedupe_key) {
  for (const auto& [id, job] : jobs_)
    if (!job.finished_at && job.dedupe_key == dedupe_key) return job;
  return std::nullopt;
}

Result<std::optional<IdempotencyRecord>> PlainStore::FindIdempotencyKey(std::string_view key) {
  const auto found = keys_.find(std::string(key));
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> PlainStore::PutIdempotencyKey(const IdempotencyRecord& record) {
  if (keys_.count(record.key) > 0) return Taken();
  Set(keys_, record.key, record);
  return {};
}

bool PlainStore::HasEnded(const JobId& id, Time before) const {
  const auto found = jobs_.find(id);
  return found != jobs_.end() && found->second.finished_at && *found->second.finished_at < before;
}

Result<void> PlainStore::DropIdempotencyKey(std::string_view key) {
  const auto found = keys_.find(std::string(key));
  if (found == keys_.end()) return {};
  undo_.emplace_back([this, record = found->second] { keys_.emplace(record.key, record); });
  keys_.erase(found);
  return {};
}

Result<int> PlainStore::DropIdempotencyKeys(Time ended_before) {
  std::vector<std::pair<Time, std::string>> ended;
  for (const auto& [key, record] : keys_)
    if (HasEnded(record.job_id, ended_before))
      ended.emplace_back(*jobs_.at(record.job_id).finished_at, key);
  std::ranges::sort(ended);
  if (ended.size() > 1000) ended.resize(1000);
  for (const auto& [at, key] : ended) {
    undo_.emplace_back([this, record = keys_.at(key)] { keys_.emplace(record.key, record); });
    keys_.erase(key);
  }
  return static_cast<int>(ended.size());
}

Result<std::vector<Candidate>> PlainStore::Claimable(const ClaimQuery& query) {
  std::vector<Candidate> candidates;
  for (const Priority priority : kAllPriorities)
    for (int left = query.limit; const auto& [id, job] : jobs_) {
      const bool fits = job.state == JobState::kQueued && job.priority == priority &&
                        priority <= query.least && job.ready_at <= query.now &&
                        !query.blocked.contains(job.entrypoint);
      if (!fits || left-- <= 0) continue;
      candidates.push_back({id, job.entrypoint, priority, job.ready_at});
    }
  return candidates;
}

Result<std::map<std::string, EntrypointTotals>> PlainStore::TotalsByEntrypoint() {
  std::map<std::string, EntrypointTotals> totals;
  for (const auto& [id, job] : jobs_) {
    if (job.state == JobState::kQueued) ++totals[job.entrypoint].queued;
    if (job.state == JobState::kRunning) ++totals[job.entrypoint].running;
  }
  return totals;
}

Result<EntrypointTotals> PlainStore::TotalsOf(std::string_view entrypoint) {
  return TotalsByEntrypoint().value()[std::string(entrypoint)];
}

Result<std::vector<Job>> PlainStore::JobsIn(JobState state, const JobId& after, int limit) {
  return Sorted([&](const Job& job) { return job.state == state && job.id > after; },
                [](const Job& job) { return job.id; }, limit);
}

Result<StateTotals> PlainStore::Totals() {
  StateTotals totals;
  for (const auto& [id, job] : jobs_) ++totals.Of(job.state);
  return totals;
}

Result<std::vector<Job>> PlainStore::ExpiriesDue(Time now, int limit) {
  return Sorted(
      [&](const Job& job) {
        return job.state == JobState::kWaitingApproval && *job.approval_expires_at <= now;
      },
      [](const Job& job) { return std::pair(job.approval_expires_at, job.id); }, limit);
}

Result<std::vector<Job>> PlainStore::WarningsDue(Time now, int limit) {
  return Sorted(
      [&](const Job& job) { return job.approval_warn_at && *job.approval_warn_at <= now; },
      [](const Job& job) { return std::pair(job.approval_warn_at, job.id); }, limit);
}

Result<std::optional<Time>> PlainStore::NextReadyAt(Time now) {
  std::optional<Time> next;
  for (const auto& [id, job] : jobs_)
    if (job.state == JobState::kQueued && job.ready_at > now)
      next = std::min(next.value_or(job.ready_at), job.ready_at);
  return next;
}

Result<std::optional<Time>> PlainStore::NextExpiryOrWarning(Time now) {
  std::optional<Time> next;
  for (const auto& [id, job] : jobs_) {
    if (job.state != JobState::kWaitingApproval) continue;
    for (const auto& at : {job.approval_expires_at, job.approval_warn_at})
      if (at && *at >= now) next = std::min(next.value_or(*at), *at);
  }
  return next;
}

Result<std::vector<Job>> PlainStore::ActiveJobsOfIssue(int64_t issue_id) {
  return Sorted([&](const Job& job) { return job.issue_id == issue_id && !Ends(job.state); },
                [](const Job& job) { return job.id; }, kNoLimit);
}

Result<std::set<int64_t>> PlainStore::ActiveIssues() {
  std::set<int64_t> issues;
  for (const auto& [id, job] : jobs_)
    if (job.issue_id && !Ends(job.state)) issues.insert(*job.issue_id);
  return issues;
}

Result<void> PlainStore::InsertAttempt(const Attempt& attempt) {
  const std::pair key(attempt.job_id, attempt.number);
  if (!MayBe(attempt) || attempts_.count(key) > 0 || jobs_.count(attempt.job_id) == 0)
    return Refused();
  for (const auto& [other_key, other] : attempts_)
    if (attempt.number > 1 && !attempt.ended_at && other.job_id == attempt.job_id &&
        !other.ended_at)
      return Refused();
  Set(attempts_, key, attempt);
  return {};
}

Result<void> PlainStore::FinishAttempt(const Attempt& attempt) {
  const auto found = attempts_.find({attempt.job_id, attempt.number});
  if (found == attempts_.end() || found->second.ended_at)
    return Fail(Code::kConflict, "attempt " + std::to_string(attempt.number) + " of " +
                                     attempt.job_id + " has ended already");
  Attempt ended = attempt;
  ended.step = found->second.step;
  ended.step_name = found->second.step_name;
  ended.incarnation = found->second.incarnation;
  ended.started_at = found->second.started_at;
  ended.digest = found->second.digest;
  if (!MayBe(ended)) return Refused();
  Set(attempts_, found->first, ended);
  return {};
}

Result<std::vector<std::string>> PlainStore::LastOutcomes(int limit) {
  std::vector<const Attempt*> ended;
  for (const auto& [key, attempt] : attempts_)
    if (attempt.ended_at && attempt.incarnation != kDryRun) ended.push_back(&attempt);
  std::ranges::sort(ended, [](const Attempt* a, const Attempt* b) {
    return std::tie(b->ended_at, b->job_id, b->number) <
           std::tie(a->ended_at, a->job_id, a->number);
  });
  std::vector<std::string> outcomes;
  for (const Attempt* attempt : ended)
    if (static_cast<int>(outcomes.size()) < limit) outcomes.push_back(*attempt->outcome);
  return outcomes;
}

Result<void> PlainStore::AppendEvent(Event& event) {
  event.seq = static_cast<int64_t>(events_.size()) + 1;
  event.chain = Chained(events_.empty() ? "" : events_.back().chain, event);
  return InsertEvent(event);
}

Result<void> PlainStore::InsertEvent(const Event& event) {
  if (!MayBe(event)) return Refused();
  events_.push_back(event);
  undo_.emplace_back([this] { events_.pop_back(); });
  return {};
}

Result<std::vector<OutboxMessage>> PlainStore::Outbox(bool parked, std::string_view after,
                                                      int limit) {
  std::vector<OutboxMessage> found;
  for (const auto& [id, message] : outbox_)
    if (message.parked.has_value() == parked && id > after &&
        static_cast<int>(found.size()) < limit)
      found.push_back(message);
  return found;
}

Result<OutboxCounts> PlainStore::CountOutbox() {
  OutboxCounts counts;
  for (const auto& [id, message] : outbox_) ++(message.parked ? counts.parked : counts.pending);
  return counts;
}

Result<void> PlainStore::PutOutbox(const OutboxMessage& message) {
  if (!MayBe(message)) return Refused();
  Set(outbox_, message.id, message);
  return {};
}

Result<void> PlainStore::DropOutbox(std::string_view id) {
  const auto found = outbox_.find(std::string(id));
  if (found == outbox_.end())
    return Fail(Code::kNotFound, "there is no message " + std::string(id) + " in the outbox");
  undo_.emplace_back([this, pair = *found] { outbox_.insert(pair); });
  outbox_.erase(found);
  return {};
}

Result<std::optional<std::string>> PlainStore::GetSetting(std::string_view key) {
  const auto found = settings_.find(std::string(key));
  return found == settings_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> PlainStore::PutSetting(std::string_view key, std::string_view value) {
  Set(settings_, std::string(key), std::string(value));
  return {};
}

Result<std::optional<Job>> PlainStore::FindJob(const JobId& id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? std::nullopt : std::optional(found->second);
}

Result<JobId> PlainStore::ResolveId(std::string_view prefix) {
  std::string wanted(prefix);
  for (char& c : wanted) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (wanted.substr(0, 4) == "JOB_") wanted.erase(0, 4);
  if (wanted.empty())
    return Fail(Code::kInvalidArgument, "a job id, or the beginning of one, is needed");
  wanted = "job_" + wanted;
  std::vector<JobId> found;
  for (const auto& [id, job] : jobs_) {
    if (id == wanted) return id;
    if (id.substr(0, wanted.size()) == wanted) found.push_back(id);
  }
  if (found.empty()) return Fail(Code::kNotFound, "there is no job " + wanted);
  if (found.size() == 1) return found[0];
  return Fail(Code::kInvalidArgument, wanted + " is the beginning of several jobs, among them " +
                                          found[0] + " and " + found[1] + "; type more of it");
}

Result<std::vector<Attempt>> PlainStore::AttemptsOf(const JobId& id) {
  std::vector<Attempt> of_job;
  for (const auto& [key, attempt] : attempts_)
    if (key.first == id) of_job.push_back(attempt);
  return of_job;
}

Result<StateCounts> PlainStore::Counts(Time expiring_before) {
  StateCounts counts;
  for (const auto& [id, job] : jobs_) {
    ++counts.by_state[job.state];
    if (job.state == JobState::kWaitingApproval && *job.approval_expires_at < expiring_before)
      ++counts.expiring_soon;
    if (job.state != JobState::kQueued) continue;
    ++counts.queued_by_priority[job.priority];
    counts.oldest_ready_at = std::min(counts.oldest_ready_at.value_or(job.ready_at), job.ready_at);
  }
  for (const auto& [key, attempt] : attempts_)
    if (!attempt.ended_at && jobs_.at(key.first).state == JobState::kRunning)
      counts.oldest_started_at =
          std::min(counts.oldest_started_at.value_or(attempt.started_at), attempt.started_at);
  return counts;
}

Result<JobPage> PlainStore::ListJobs(const JobFilter& filter) {
  if (filter.limit < 1) return FailField("/limit", "must be at least 1");
  // Higher keys come later; a cursor is that of the stores, letter, priority and id.
  const bool newest = filter.order == ListOrder::kNewest;
  const bool by_priority =
      filter.order == ListOrder::kPriority || filter.order == ListOrder::kPriorityReverse;
  const auto rank = [&](const Job& job) {
    const int priority = static_cast<int>(job.priority);
    if (!by_priority) return 0;
    return filter.order == ListOrder::kPriority ? priority : -priority;
  };
  std::vector<Job> found = Sorted(
      [&](const Job& job) {
        if (!filter.states.empty() && !std::ranges::count(filter.states, job.state)) return false;
        if (filter.entrypoint && job.entrypoint != *filter.entrypoint) return false;
        if (filter.priority && job.priority != *filter.priority) return false;
        if (filter.correlation_id && job.correlation_id != filter.correlation_id) return false;
        return !filter.expires_before || (job.state == JobState::kWaitingApproval &&
                                          job.approval_expires_at < filter.expires_before);
      },
      [&](const Job& job) { return std::pair(rank(job), job.id); }, kNoLimit);
  if (newest) std::ranges::reverse(found);
  const auto cursor_of = [&](const Job& job) {
    std::string cursor(1, "nopr"[static_cast<size_t>(filter.order)]);
    if (by_priority) cursor += std::to_string(static_cast<int>(job.priority));
    return cursor + job.id;
  };
  JobPage page;
  bool started = filter.cursor.empty();
  for (const Job& job : found) {
    if (!started) {
      started = cursor_of(job) == filter.cursor;
      continue;
    }
    if (static_cast<int>(page.jobs.size()) == filter.limit) {
      page.next_cursor = cursor_of(page.jobs.back());
      break;
    }
    page.jobs.push_back(job);
  }
  return page;
}

Result<std::vector<Event>> PlainStore::Events(const EventFilter& filter) {
  std::vector<Event> found;
  for (const Event& event : events_)
    if (event.seq > filter.after_seq && (!filter.job_id || event.job_id == filter.job_id) &&
        static_cast<int>(found.size()) < filter.limit)
      found.push_back(event);
  return found;
}

Result<std::vector<Attempt>> PlainStore::FailedAttempts(Time from, int limit) {
  static const std::set<std::string> failures = {"failed", "timed_out", "spawn_failed",
                                                 "interrupted"};
  std::vector<Attempt> found;
  for (const auto& [key, attempt] : attempts_)
    if (attempt.ended_at && *attempt.ended_at >= from && failures.count(*attempt.outcome) > 0)
      found.push_back(attempt);
  std::ranges::sort(found, [](const Attempt& a, const Attempt& b) {
    return std::tie(b.ended_at, b.job_id, b.number) < std::tie(a.ended_at, a.job_id, a.number);
  });
  if (static_cast<int>(found.size()) > limit) found.resize(static_cast<size_t>(limit));
  return found;
}

Result<JobPage> PlainStore::ListEnded(const EndedFilter& filter) {
  if (filter.limit < 1) return FailField("/limit", "must be at least 1");
  const auto lower = [](std::string text) {
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
  };
  std::vector<Job> found = Sorted(
      [&](const Job& job) {
        if (!job.finished_at || !std::ranges::count(filter.states, job.state)) return false;
        if (filter.ended_from && *job.finished_at < *filter.ended_from) return false;
        if (filter.ended_before && *job.finished_at >= *filter.ended_before) return false;
        if (filter.entrypoint && job.entrypoint != *filter.entrypoint) return false;
        if (filter.without_key)
          for (const auto& [key, record] : keys_)
            if (record.job_id == job.id) return false;
        return filter.reason.empty() ||
               (job.dlq_reason &&
                lower(*job.dlq_reason).find(lower(filter.reason)) != std::string::npos);
      },
      [](const Job& job) { return std::pair(job.finished_at, job.id); }, kNoLimit);
  if (filter.newest_first) std::ranges::reverse(found);
  const auto cursor_of = [&](const Job& job) {
    return (filter.newest_first ? "n" : "o") + std::to_string(ToUnixMs(*job.finished_at)) + "." +
           job.id;
  };
  JobPage page;
  bool started = filter.cursor.empty();
  for (const Job& job : found) {
    if (!started) {
      started = cursor_of(job) == filter.cursor;
      continue;
    }
    if (static_cast<int>(page.jobs.size()) == filter.limit) {
      page.next_cursor = cursor_of(page.jobs.back());
      break;
    }
    page.jobs.push_back(job);
  }
  return page;
}

Result<void> PlainStore::DeleteJob(const JobId& id) {
  const auto found = jobs_.find(id);
  bool may = found != jobs_.end() && Ends(found->second.state) &&
             found->second.state != JobState::kDeadLettered;
  for (const auto& [key, record] : keys_) may = may && record.job_id != id;
  if (!may)
    return Fail(Code::kConflict,
                id + " has not ended, is dead-lettered, or an idempotency key stands for it");
  undo_.emplace_back([this, job = found->second] { jobs_.emplace(job.id, job); });
  jobs_.erase(found);
  for (auto at = attempts_.begin(); at != attempts_.end();) {
    if (at->first.first != id) {
      ++at;
      continue;
    }
    undo_.emplace_back([this, pair = *at] { attempts_.insert(pair); });
    at = attempts_.erase(at);
  }
  return {};
}

Result<std::optional<int64_t>> PlainStore::DropPayloads(const JobId& id, int64_t after_seq,
                                                        int limit) {
  int count = 0;
  for (Event& event : events_) {
    if (event.seq <= after_seq || event.job_id != id || count == limit) continue;
    ++count;
    after_seq = event.seq;
    if (event.payload.find(R"({"forgotten":"sha256:)") == 0) continue;
    undo_.emplace_back([this, at = event.seq - 1, payload = event.payload] {
      events_[static_cast<size_t>(at)].payload = payload;
    });
    event.payload = R"({"forgotten":"sha256:)" + Sha256Hex(event.payload) + "\"}";
  }
  if (count < limit) return std::nullopt;
  return after_seq;
}

}  // namespace jobgate
