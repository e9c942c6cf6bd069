#include "src/engine/figures.h"

#include <algorithm>

namespace jobgate {
namespace {

constexpr size_t kRecentMax = 100;

// Attempts that say nothing about the work: stopped by people, or held for approval.
bool IsJudged(const std::string& outcome) {
  return outcome != "canceled" && outcome != "asked_approval" && outcome != "interrupted";
}

}  // namespace

void Figures::Seed(const std::vector<std::string>& outcomes) {
  for (auto it = outcomes.rbegin(); it != outcomes.rend(); ++it) Remember(*it);
}

void Figures::Count(const Effects& committed, Time now) {
  for (const Event& event : committed.events) ++totals_.events[event.type];
  for (JobState end : committed.ends) {
    ++totals_.processed;
    totals_.succeeded += end == JobState::kSucceeded;
    totals_.failed += end == JobState::kFailed || end == JobState::kDeadLettered;
    totals_.last_processed_at = now;
  }
  totals_.escalations += static_cast<int64_t>(committed.escalations);
  for (const EndedAttempt& attempt : committed.ended_attempts) CountAttempt(attempt);
}

void Figures::CountAttempt(const EndedAttempt& attempt) {
  ++totals_.attempts_ended;
  ++totals_.attempts_by_outcome[{attempt.entrypoint, attempt.outcome}];
  Remember(attempt.outcome);

  RuntimeHistogram& histogram = totals_.runtimes[attempt.entrypoint];
  const double seconds = static_cast<double>(attempt.runtime.count()) / 1000;
  const auto bucket =
      std::lower_bound(kRuntimeBucketsSeconds.begin(), kRuntimeBucketsSeconds.end(), seconds);
  ++histogram.buckets[static_cast<size_t>(bucket - kRuntimeBucketsSeconds.begin())];
  histogram.sum_seconds += seconds;
  ++histogram.count;
}

void Figures::Remember(const std::string& outcome) {
  if (!IsJudged(outcome)) return;
  recent_.push_back(outcome == "succeeded");
  if (recent_.size() > kRecentMax) recent_.pop_front();
}

void Figures::WriteTo(EngineSnapshot& snapshot) const {
  snapshot.processed = totals_.processed;
  snapshot.succeeded = totals_.succeeded;
  snapshot.failed = totals_.failed;
  snapshot.attempts_ended = totals_.attempts_ended;
  snapshot.escalations = totals_.escalations;
  snapshot.last_processed_at = totals_.last_processed_at;
  snapshot.recent_attempts = static_cast<int>(recent_.size());
  snapshot.recent_successes = static_cast<int>(std::count(recent_.begin(), recent_.end(), true));
  snapshot.events = totals_.events;
  snapshot.attempts_by_outcome = totals_.attempts_by_outcome;
  snapshot.runtimes = totals_.runtimes;
}

}  // namespace jobgate
