// Time in the test's hand.
#pragma once
#include "src/base/clock.h"
#include "tests/support/sample_job.h"

namespace jobgate {

class FakeClock final : public Clock {
 public:
  Time Now() const override { return wall; }
  Duration Monotonic() const override { return monotonic; }
  void Advance(Duration by) {
    wall += by;
    monotonic += by;
  }

  Time wall = kSampleTime;
  Duration monotonic = std::chrono::hours(1);
};

}  // namespace jobgate
