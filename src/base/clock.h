// Time as the engine sees it. Injected, so that a whole daemon runs under fake time.
#pragma once
#include "src/base/time.h"

namespace jobgate {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time; may jump in either direction.
  virtual Time Now() const = 0;
  // Never jumps and counts while the host sleeps (clock_gettime(2), CLOCK_BOOTTIME).
  virtual Duration Monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
  Duration Monotonic() const override;
};

}  // namespace jobgate
