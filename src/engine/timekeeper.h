// The engine's time: follows the wall clock while that runs evenly, and ignores its jumps, so
// that no approval expires early or comes back to life and no delay is skipped or endless.
#pragma once
#include <optional>

#include "src/base/clock.h"

namespace jobgate {

class Timekeeper {
 public:
  // `latest` is the newest time in the store; the engine's time never lies before it.
  Timekeeper(const Clock& clock, Time latest);

  // The time of a turn; never goes back. A wall clock that leaves the monotonic one by more
  // than a minute has jumped: from then on time is counted from before the jump.
  Time Read();
  // Wall time minus the engine's time, where they part by more than a minute.
  std::optional<Duration> Jump() const;
  Duration Uptime() const { return clock_.Monotonic() - started_; }

 private:
  const Clock& clock_;
  const Duration started_;
  Time last_;
  Duration last_monotonic_;
};

}  // namespace jobgate
