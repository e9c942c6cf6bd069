#include "src/engine/approval_figures.h"

#include <string>
#include <string_view>
#include <vector>

namespace jobgate {
namespace {

constexpr std::string_view kSetting = "approvals.tally";
constexpr int kBatch = 1000;

Result<ApprovalTally> Stored(Store& store) {
  auto stored = store.GetSetting(kSetting);
  if (!stored) return Fail(std::move(stored).error());
  if (!*stored) return ApprovalTally();
  auto json = ParseJson(**stored);
  auto tally = json ? ApprovalTallyFrom(*json) : Fail(std::move(json).error());
  if (!tally) return Fail(Code::kStoreFault, "the stored figures of approvals are damaged");
  return tally;
}

}  // namespace

Result<void> ApprovalFigures::Load(Store& store) {
  auto tally = Stored(store);
  if (!tally) return Fail(std::move(tally).error());
  tally_ = *std::move(tally);
  next_.reset();
  open_.clear();
  by_age_.clear();
  for (JobId after;;) {
    auto jobs = store.JobsIn(JobState::kWaitingApproval, after, kBatch);
    if (!jobs) return Fail(std::move(jobs).error());
    if (jobs->empty()) return {};
    for (const Job& job : *jobs)
      if (job.gate) Follow({job.id, job.gate->requested_at});
    after = jobs->back().id;
  }
}

Result<void> ApprovalFigures::Keep(Turn& turn) {
  next_.reset();
  for (const Event& event : turn.effects.events) {
    if (!event.job_id || !ApprovalTally::Counts(event.type)) continue;
    auto job = turn.store.FindJob(*event.job_id);
    if (!job) return Fail(std::move(job).error());
    if (!*job) continue;
    if (!next_) next_ = tally_;
    next_->Count(event, (*job)->entrypoint);
  }
  return next_ ? turn.store.PutSetting(kSetting, Canonical(ToJson(*next_))) : Result<void>();
}

void ApprovalFigures::Committed(const Effects& effects) {
  if (next_) tally_ = *std::move(next_);
  next_.reset();
  for (const RequestChange& change : effects.requests) Follow(change);
}

void ApprovalFigures::Follow(const RequestChange& change) {
  if (const auto open = open_.find(change.job_id); open != open_.end()) {
    by_age_.erase({open->second, change.job_id});
    open_.erase(open);
  }
  if (!change.requested_at) return;
  open_.emplace(change.job_id, *change.requested_at);
  by_age_.emplace(*change.requested_at, change.job_id);
}

void ApprovalFigures::WriteTo(EngineSnapshot& snapshot) const {
  snapshot.approvals = tally_;
  if (!by_age_.empty()) snapshot.oldest_request_at = by_age_.begin()->first;
}

}  // namespace jobgate
