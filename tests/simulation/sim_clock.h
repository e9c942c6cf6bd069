// Time under the simulator's hand: the wall clock may jump, the monotonic one only goes on.
#pragma once
#include "src/base/clock.h"

namespace jobgate::sim {

class SimClock final : public Clock {
 public:
  Time Now() const override { return kStart + monotonic_ + wall_offset_; }
  Duration Monotonic() const override { return monotonic_; }

  void Advance(Duration by) { monotonic_ += by; }
  void JumpWall(Duration by) { wall_offset_ += by; }
  Duration wall_offset() const { return wall_offset_; }

 private:
  static constexpr Time kStart = Time(Duration(1'767'225'600'000));  // 2026-01-01T00:00:00Z

  Duration monotonic_ = std::chrono::hours(1);
  Duration wall_offset_{};
};

}  // namespace jobgate::sim
