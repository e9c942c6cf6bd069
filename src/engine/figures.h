// Counts since the daemon's start, for health, stats and metrics. Fed with the effects of
// committed turns only. Owned by the loop thread.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "src/engine/snapshot.h"
#include "src/turn/effects.h"

namespace jobgate {

class Figures {
 public:
  // `outcomes` of the attempts that ended last before the start, newest first.
  void Seed(const std::vector<std::string>& outcomes);
  void Count(const Effects& committed, Time now);
  void WriteTo(EngineSnapshot& snapshot) const;

 private:
  void CountAttempt(const EndedAttempt& attempt);
  void Remember(const std::string& outcome);

  EngineSnapshot totals_;
  std::deque<bool> recent_;  // successes among the last ended attempts, oldest first
};

}  // namespace jobgate
