#include "tests/simulation/approval/knowledge.h"

namespace jobgate::sim {

void Knowledge::DaemonStarted() {
  for (auto& [number, seen] : seen_) seen.at.reset();
}

void Knowledge::Take(const TakeObservations& look) {
  for (const IssueObservation& issue : look.issues)
    seen_[issue.number] = {issue, look.looked_at, look.looked_at};
  if (!look.saw_all) return;
  for (auto& [number, seen] : seen_)
    if (!look.unread.contains(number)) seen.unchanged_at = look.looked_at;
}

const IssueObservation* Knowledge::Of(int64_t issue) const {
  const auto known = seen_.find(issue);
  return known == seen_.end() ? nullptr : &known->second.issue;
}

std::optional<Duration> Knowledge::ReadAt(int64_t issue) const {
  const auto known = seen_.find(issue);
  return known == seen_.end() ? std::nullopt : known->second.at;
}

std::optional<Duration> Knowledge::SeenAt(int64_t issue) const {
  const auto known = seen_.find(issue);
  if (known == seen_.end() || !known->second.at) return std::nullopt;
  return known->second.unchanged_at;
}

}  // namespace jobgate::sim
