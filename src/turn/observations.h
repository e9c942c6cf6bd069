// How old the engine's knowledge of GitHub's issues is, and which jobs wait for newer one. Begins
// empty with every start of the daemon: what stood on an issue before it may not stand any more.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "src/job/job.h"

namespace jobgate {

class Observations {
 public:
  // Every issue that a job stands on was known as it was at `at`.
  void SawAll(Time at) {
    all_at_ = std::max(all_at_.value_or(at), at);
    std::erase_if(one_at_, [&](const auto& one) { return one.second <= *all_at_; });
  }
  void Saw(int64_t issue, Time at) {
    const auto [known, is_new] = one_at_.try_emplace(issue, at);
    if (!is_new) known->second = std::max(known->second, at);
  }

  // Nothing where nobody has looked since the start.
  std::optional<Duration> AgeOf(int64_t issue, Time now) const {
    std::optional<Time> at = all_at_;
    if (const auto one = one_at_.find(issue); one != one_at_.end())
      at = std::max(at.value_or(one->second), one->second);
    if (!at) return std::nullopt;
    return std::max(Duration::zero(), now - *at);
  }

  // Jobs that are held back until somebody has looked.
  std::set<JobId> held;
  // Jobs past their expiry whose issue is to be looked at once more: what was said there in time
  // counts, however late it is heard.
  std::set<JobId> last_looks;

 private:
  std::optional<Time> all_at_;
  std::map<int64_t, Time> one_at_;  // of single looks after all_at_
};

}  // namespace jobgate
