// An answer that something is gone may be wrong for a moment: from a replica that lags behind, or a
// proxy on the way. It is believed when it comes again some seconds later.
// Belongs to the watcher's thread.
#pragma once
#include <map>
#include <string>

#include "src/base/clock.h"

namespace jobgate {

class SecondOpinion {
 public:
  static constexpr Duration kAfter = std::chrono::seconds(5);

  // `clock` must outlive it.
  explicit SecondOpinion(const Clock& clock) : clock_(clock) {}

  // It was said once more that `what` is gone; whether that is to be believed.
  bool Believes(const std::string& what) {
    const Duration now = clock_.Monotonic();
    return now - first_said_.try_emplace(what, now).first->second >= kAfter;
  }
  // Whether it was said before, and is not refuted.
  bool Knows(const std::string& what) const { return first_said_.contains(what); }
  // It is there after all.
  void Refute(const std::string& what) { first_said_.erase(what); }
  Duration AskAgainAt() const { return clock_.Monotonic() + kAfter; }

 private:
  const Clock& clock_;
  std::map<std::string, Duration> first_said_;  // by Clock::Monotonic
};

}  // namespace jobgate
