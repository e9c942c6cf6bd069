#include "tests/simulation/sim_store.h"

#include <algorithm>

#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr Duration kYear = std::chrono::hours(24 * 365);

}  // namespace

SimStore::SimStore(std::unique_ptr<Store> inner, Dice& dice, Plant plant)
    : inner_(std::move(inner)), dice_(dice), plant_(plant) {}

tl::unexpected<Error> SimStore::Faulty(std::string message) {
  ++faults_met_;
  return tl::unexpected<Error>(Error{Code::kStoreFault, std::move(message)});
}

std::optional<Error> SimStore::Meet() {
  if (faults_.crashing_call >= 0 && faults_.crashing_call-- == 0) throw Crash{};
  if (fault_) return fault_;
  if (faults_.failing_call < 0 || faults_.failing_call-- > 0) return std::nullopt;
  Error error = Faulty("simulated I/O error").value();
  if (in_turn_) {
    inner_->Rollback();
    fault_ = error;
    until_the_turn_ends_ = true;
  }
  return error;
}

// --- the turn

Result<void> SimStore::Begin() {
  is_durable_ = false;
  return Through([&]() -> Result<void> {
    if (std::exchange(late_commit_, false)) JOBGATE_TRY(inner_->Commit());
    JOBGATE_TRY(inner_->Begin());
    in_turn_ = true;
    return {};
  });
}

Result<void> SimStore::Commit() {
  if (auto error = Meet()) {
    commit_failed_ = true;
    Rollback();
    return Fail(*std::move(error));
  }
  const CommitFault commit = std::exchange(faults_.commit, CommitFault::kNone);
  if (commit == CommitFault::kCrashBefore) throw Crash{};
  if (commit == CommitFault::kLost) {
    Rollback();
  } else {
    JOBGATE_TRY(CommitInner());
  }
  if (commit == CommitFault::kCrashAfter) throw Crash{};
  if (commit == CommitFault::kNone) {
    ++commits_;
    return {};
  }
  commit_failed_ = true;
  auto failed = Faulty("simulated failure of a sync");
  fault_ = failed.value();
  until_the_turn_ends_ = false;
  return failed;
}

Result<void> SimStore::CommitInner() {
  in_turn_ = false;
  is_durable_ = true;
  if (plant_ == Plant::kDroppedCommit && dice_.OneIn(100)) {
    inner_->Rollback();
    return {};
  }
  if (plant_ == Plant::kLateCommit) {
    late_commit_ = true;
    return {};
  }
  return inner_->Commit();
}

void SimStore::Rollback() {
  inner_->Rollback();
  in_turn_ = false;
  if (std::exchange(until_the_turn_ends_, false)) fault_.reset();
}

Result<void> SimStore::Savepoint() {
  return Through([&] { return inner_->Savepoint(); });
}

Result<void> SimStore::Release() {
  return Through([&] { return inner_->Release(); });
}

Result<void> SimStore::RollbackToSavepoint() {
  return Through([&] { return inner_->RollbackToSavepoint(); });
}

// --- jobs

Result<void> SimStore::InsertJob(const Job& job) {
  return Through([&] { return inner_->InsertJob(job); });
}

Result<void> SimStore::UpdateJob(const Job& next, JobState expected, int expected_attempts) {
  return Through([&] {
    if (plant_ != Plant::kForgedApproval && plant_ != Plant::kForgedCheck &&
        plant_ != Plant::kStretchedTtl)
      return inner_->UpdateJob(next, expected, expected_attempts);
    Job changed = next;
    const bool opens = next.state == JobState::kWaitingApproval && next.gate;
    if (plant_ == Plant::kForgedApproval && opens && next.gate->approvals.empty())
      changed.gate->approvals.push_back(
          {"os:alice", next.gate->requested_at, "cli", next.gate->digest, ""});
    const bool checked = next.state == JobState::kQueued && next.gate && next.gate->check;
    if (plant_ == Plant::kForgedCheck && checked) changed.gate->check->passed_at = next.ready_at;
    if (plant_ == Plant::kStretchedTtl && opens) *changed.approval_expires_at += kYear;
    return inner_->UpdateJob(changed, expected, expected_attempts);
  });
}

Result<std::optional<Job>> SimStore::FindActiveDuplicate(std::string_view dedupe_key) {
  return Through([&] { return inner_->FindActiveDuplicate(dedupe_key); });
}

Result<std::optional<IdempotencyRecord>> SimStore::FindIdempotencyKey(std::string_view key) {
  return Through([&]() -> Result<std::optional<IdempotencyRecord>> {
    if (plant_ == Plant::kForgottenKeys) return std::nullopt;
    return inner_->FindIdempotencyKey(key);
  });
}

Result<void> SimStore::PutIdempotencyKey(const IdempotencyRecord& record) {
  return Through([&]() -> Result<void> {
    if (plant_ == Plant::kForgottenKeys) return {};
    return inner_->PutIdempotencyKey(record);
  });
}

Result<void> SimStore::DropIdempotencyKey(std::string_view key) {
  return Through([&] { return inner_->DropIdempotencyKey(key); });
}

Result<int> SimStore::DropIdempotencyKeys(Time ended_before) {
  return Through([&] { return inner_->DropIdempotencyKeys(ended_before); });
}

Result<void> SimStore::DeleteJob(const JobId& id) {
  return Through([&] { return inner_->DeleteJob(id); });
}

Result<std::optional<int64_t>> SimStore::DropPayloads(const JobId& id, int64_t after_seq,
                                                      int limit) {
  return Through([&] { return inner_->DropPayloads(id, after_seq, limit); });
}

Result<std::vector<Candidate>> SimStore::Claimable(const ClaimQuery& query) {
  return Through([&] {
    ClaimQuery asked = query;
    if (plant_ == Plant::kLastInFirstOut) asked.limit = 1000;
    auto candidates = inner_->Claimable(asked);
    if (plant_ == Plant::kLastInFirstOut && candidates)
      std::reverse(candidates->begin(), candidates->end());
    return candidates;
  });
}

Result<EntrypointTotals> SimStore::TotalsOf(std::string_view entrypoint) {
  return Through([&] { return inner_->TotalsOf(entrypoint); });
}

Result<std::map<std::string, EntrypointTotals>> SimStore::TotalsByEntrypoint() {
  return Through([&] {
    auto totals = inner_->TotalsByEntrypoint();
    if (plant_ == Plant::kUnlimitedEntrypoint && totals)
      for (auto& [name, counts] : *totals) counts.running = 0;
    return totals;
  });
}

Result<std::vector<Job>> SimStore::JobsIn(JobState state, const JobId& after, int limit) {
  return Through([&] { return inner_->JobsIn(state, after, limit); });
}

Result<StateTotals> SimStore::Totals() {
  return Through([&] {
    auto totals = inner_->Totals();
    if (plant_ == Plant::kStolenSlots && totals)
      totals->Of(JobState::kRunning) = std::max<int64_t>(totals->Of(JobState::kRunning) - 2, 0);
    return totals;
  });
}

Result<std::vector<Job>> SimStore::ExpiriesDue(Time now, int limit) {
  return Through([&] { return inner_->ExpiriesDue(now, limit); });
}

Result<std::vector<Job>> SimStore::WarningsDue(Time now, int limit) {
  return Through([&] { return inner_->WarningsDue(now, limit); });
}

Result<std::optional<Time>> SimStore::NextReadyAt(Time now) {
  return Through([&] { return inner_->NextReadyAt(now); });
}

Result<std::optional<Time>> SimStore::NextExpiryOrWarning(Time now) {
  return Through([&] { return inner_->NextExpiryOrWarning(now); });
}

Result<std::vector<Job>> SimStore::ActiveJobsOfIssue(int64_t issue_id) {
  return Through([&] { return inner_->ActiveJobsOfIssue(issue_id); });
}

Result<std::set<int64_t>> SimStore::ActiveIssues() {
  return Through([&] { return inner_->ActiveIssues(); });
}

// --- attempts, events, outbox, settings

Result<void> SimStore::InsertAttempt(const Attempt& attempt) {
  return Through([&] { return inner_->InsertAttempt(attempt); });
}

Result<void> SimStore::FinishAttempt(const Attempt& attempt) {
  return Through([&] { return inner_->FinishAttempt(attempt); });
}

Result<std::vector<std::string>> SimStore::LastOutcomes(int limit) {
  return Through([&] { return inner_->LastOutcomes(limit); });
}

Result<void> SimStore::AppendEvent(Event& event) {
  return Through([&]() -> Result<void> {
    if (plant_ == Plant::kLostEvent && dice_.OneIn(100)) return {};
    if (plant_ != Plant::kBrokenChain || !dice_.OneIn(100)) return inner_->AppendEvent(event);
    const auto last = inner_->LastEventSeq();
    if (!last) return tl::unexpected<Error>(last.error());
    event.seq = *last + 1;
    event.chain = std::string(64, 'a');
    return inner_->InsertEvent(event);
  });
}

Result<void> SimStore::InsertEvent(const Event& event) {
  return Through([&] { return inner_->InsertEvent(event); });
}

Result<void> SimStore::PutOutbox(const OutboxMessage& message) {
  return Through([&] { return inner_->PutOutbox(message); });
}

Result<void> SimStore::DropOutbox(std::string_view id) {
  return Through([&] { return inner_->DropOutbox(id); });
}

Result<std::optional<std::string>> SimStore::GetSetting(std::string_view key) {
  return Through([&] { return inner_->GetSetting(key); });
}

Result<void> SimStore::PutSetting(std::string_view key, std::string_view value) {
  return Through([&]() -> Result<void> {
    if (plant_ == Plant::kForgottenBreaker && key == "breakers") return {};
    return inner_->PutSetting(key, value);
  });
}

// --- queries

Result<std::optional<Job>> SimStore::FindJob(const JobId& id) {
  return Through([&] { return inner_->FindJob(id); });
}

Result<JobId> SimStore::ResolveId(std::string_view prefix) {
  return Through([&] { return inner_->ResolveId(prefix); });
}

Result<std::vector<Attempt>> SimStore::AttemptsOf(const JobId& id) {
  return Through([&] { return inner_->AttemptsOf(id); });
}

Result<std::vector<Attempt>> SimStore::FailedAttempts(Time from, int limit) {
  return Through([&] { return inner_->FailedAttempts(from, limit); });
}

Result<StateCounts> SimStore::Counts(Time expiring_before) {
  auto counts = Through([&] { return inner_->Counts(expiring_before); });
  if (counts && plant_ == Plant::kUncountedJob && counts->Of(JobState::kRunning) > 0)
    --counts->by_state[JobState::kRunning];
  return counts;
}

Result<JobPage> SimStore::ListJobs(const JobFilter& filter) {
  return Through([&] { return inner_->ListJobs(filter); });
}

Result<JobPage> SimStore::ListEnded(const EndedFilter& filter) {
  return Through([&] { return inner_->ListEnded(filter); });
}

Result<std::vector<Event>> SimStore::Events(const EventFilter& filter) {
  return Through([&] { return inner_->Events(filter); });
}

Result<int64_t> SimStore::LastEventSeq() {
  return Through([&] { return inner_->LastEventSeq(); });
}

Result<std::vector<OutboxMessage>> SimStore::Outbox(bool parked, std::string_view after,
                                                    int limit) {
  return Through([&] { return inner_->Outbox(parked, after, limit); });
}

Result<OutboxCounts> SimStore::CountOutbox() {
  return Through([&] { return inner_->CountOutbox(); });
}

// --- faults

Result<void> SimStore::Reopen() {
  if (faults_.failing_reopens > 0) {
    --faults_.failing_reopens;
    return Faulty("simulated disk that is still away");
  }
  in_turn_ = until_the_turn_ends_ = late_commit_ = false;
  fault_.reset();
  return inner_->Reopen();
}

Result<void> SimStore::Tidy() {
  return Through([&] { return inner_->Tidy(); });
}

Result<void> SimStore::Checkpoint() {
  return Through([&] { return inner_->Checkpoint(); });
}

}  // namespace jobgate::sim
