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
  // Every issue that a job stands on, but for those of `unread`, was known as it was at `at`. Times
  // are those of Clock::Monotonic: no jump of the wall clock makes an observation younger.
  void SawAll(Duration at, const std::set<int64_t>& unread = {}) {
    std::map<int64_t, std::optional<Duration>> others;
    for (const int64_t issue : unread) others[issue] = AtOf(issue);
    for (const auto& [issue, seen_at] : one_at_)
      if (seen_at > at) others.try_emplace(issue, seen_at);
    one_at_ = std::move(others);
    all_at_ = std::max(all_at_.value_or(at), at);
  }
  void Saw(int64_t issue, Duration at) { one_at_[issue] = std::max(AtOf(issue).value_or(at), at); }

  // Nothing where nobody has looked since the start.
  std::optional<Duration> AgeOf(int64_t issue, Duration now) const {
    const auto at = AtOf(issue);
    return at ? std::optional(now - *at) : std::nullopt;
  }

  // Jobs that are held back until somebody has looked.
  std::set<JobId> held;
  // Jobs past their expiry whose issue is to be looked at once more: what was said there in time
  // counts, however late it is heard.
  std::set<JobId> last_looks;

 private:
  std::optional<Duration> AtOf(int64_t issue) const {
    const auto one = one_at_.find(issue);
    return one == one_at_.end() ? all_at_ : one->second;
  }

  std::optional<Duration> all_at_;
  std::map<int64_t, std::optional<Duration>> one_at_;  // of those that are known otherwise
};

}  // namespace jobgate
