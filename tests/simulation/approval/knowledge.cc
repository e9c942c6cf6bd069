#include "tests/simulation/approval/knowledge.h"

#include <algorithm>

namespace jobgate::sim {

void Knowledge::DaemonStarted() {
  all_at_.reset();
  for (auto& [number, seen] : seen_) seen.at.reset();
}

void Knowledge::Take(const TakeObservations& look) {
  for (const IssueObservation& issue : look.issues) seen_[issue.number] = {issue, look.looked_at};
  if (look.saw_all) all_at_ = look.looked_at;
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
  return known == seen_.end() || !known->second.at ? std::nullopt
                                                   : std::max(known->second.at, all_at_);
}

}  // namespace jobgate::sim
