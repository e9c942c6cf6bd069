#include "src/engine/timekeeper.h"

#include <algorithm>

namespace jobgate {
namespace {

constexpr Duration kJumpMin = std::chrono::minutes(1);

Duration Distance(Time a, Time b) {
  return a > b ? a - b : b - a;
}

}  // namespace

Timekeeper::Timekeeper(const Clock& clock, Time latest)
    : clock_(clock),
      started_(clock.Monotonic()),
      last_(std::max(clock.Now(), latest)),
      last_monotonic_(started_) {}

Time Timekeeper::Read() {
  const Duration monotonic = clock_.Monotonic();
  const Time counted = last_ + (monotonic - last_monotonic_);
  const Time wall = clock_.Now();
  last_ = std::max(last_, Distance(wall, counted) < kJumpMin ? wall : counted);
  last_monotonic_ = monotonic;
  return last_;
}

std::optional<Duration> Timekeeper::Jump() const {
  const Duration difference = clock_.Now() - last_;
  if (Distance(clock_.Now(), last_) < kJumpMin) return std::nullopt;
  return difference;
}

}  // namespace jobgate
