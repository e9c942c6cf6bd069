#include "approvals/github/pace.h"

#include <algorithm>

namespace jobgate::github {
namespace {

Duration Doubled(Duration first, int times, Duration most) {
  for (int i = 0; i < times && first < most; ++i) first *= 2;
  return std::min(first, most);
}

}  // namespace

std::optional<Pace::Wait> Pace::Needed(Duration now, bool is_write) const {
  if (now < not_before_) return Wait{not_before_, held_by_};
  if (is_write && now < write_not_before_) return Wait{write_not_before_, Limit::kSpacing};
  return std::nullopt;
}

Duration Pace::NotBefore(bool is_write) const {
  return is_write ? std::max(not_before_, write_not_before_) : not_before_;
}

Duration Pace::Hold(Duration until, std::optional<Limit> limit) {
  not_before_ = until;
  held_by_ = limit;
  return until;
}

Duration Pace::Failed(Duration now, std::optional<Duration> told) {
  const Duration full = Doubled(std::chrono::seconds(1), failures_++, kBackoffMax);
  // Half of it at random, so that several daemons do not come back together.
  const Duration half = full / 2;
  const Duration delay =
      half +
      Duration(static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(half.count() + 1)));
  const Duration asked = std::min(told.value_or(Duration(0)), kToldMax);
  return Hold(now + std::max(delay, asked), std::nullopt);
}

Duration Pace::UsedUp(Duration now, std::optional<Duration> told) {
  const Duration wait = std::clamp(told.value_or(kSecondaryMin), kWritesApart, kToldMax);
  return Hold(now + wait, Limit::kPrimary);
}

Duration Pace::Limited(Duration now, std::optional<Duration> told) {
  const Duration grown = Doubled(kSecondaryMin, limited_++, kToldMax);
  const Duration wait = told ? std::clamp(*told, kWritesApart, kToldMax) : grown;
  return Hold(now + wait, Limit::kSecondary);
}

}  // namespace jobgate::github
