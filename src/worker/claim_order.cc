#include "src/worker/claim_order.h"

#include <utility>

namespace jobgate {
namespace {

constexpr int kPassedMax = 9;

}  // namespace

ClaimOrder::ClaimOrder(const std::vector<Candidate>& candidates, Time now, Duration overdue,
                       Ageing& ageing)
    : now_(now), overdue_(overdue), ageing_(ageing) {
  for (const Candidate& candidate : candidates)
    lines_.at(static_cast<size_t>(candidate.priority)).push_back(candidate);
}

std::optional<Candidate> ClaimOrder::Next(Priority least) {
  Line* line = MostUrgent(least);
  if (!line) return std::nullopt;
  const Line* longest = LongestOverdue(Priority::kBackground);
  if (longest && longest != line && ageing_.passed < kPassedMax) {
    ++ageing_.passed;
  } else if (Line* overdue = LongestOverdue(least)) {
    ageing_.passed = 0;
    line = overdue;
  }
  Candidate next = std::move(line->front());
  line->pop_front();
  return next;
}

bool ClaimOrder::IsTurnBelow(Priority least) {
  if (ageing_.passed < kPassedMax || !MostUrgent(least)) return false;
  const Line* overdue = LongestOverdue(Priority::kBackground);
  return overdue && overdue->front().priority > least;
}

ClaimOrder::Line* ClaimOrder::MostUrgent(Priority least) {
  for (Priority priority : kAllPriorities) {
    Line& line = lines_.at(static_cast<size_t>(priority));
    if (priority <= least && !line.empty()) return &line;
  }
  return nullptr;
}

ClaimOrder::Line* ClaimOrder::LongestOverdue(Priority least) {
  Line* longest = nullptr;
  if (overdue_ == Duration::zero()) return longest;
  for (Line& line : lines_) {
    if (line.empty() || line.front().priority > least) continue;
    if (now_ - line.front().ready_at < overdue_) continue;
    if (!longest || line.front().ready_at < longest->front().ready_at) longest = &line;
  }
  return longest;
}

}  // namespace jobgate
