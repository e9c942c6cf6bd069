// How fast jobs leave the queue by being started, over the last minute: what Retry-After is
// reckoned from. Counts what was committed since the daemon's start. Owned by the loop thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "src/base/time.h"

namespace jobgate {

class DrainRate {
 public:
  // `claims` jobs were started in the turn at `now`; to be called for every turn.
  void Count(int64_t claims, Time now);

  // How long until `jobs` more have left, within 1 s and 10 min; 1 min where none has left in the
  // last minute.
  std::chrono::seconds Until(int64_t jobs, Time now) const;

 private:
  struct Claims {
    Time at;
    int64_t count = 0;
  };
  std::optional<Time> since_;  // when counting began
  std::deque<Claims> recent_;  // at most one entry a second, oldest first
};

}  // namespace jobgate
