#include "src/turn/drain_rate.h"

#include <algorithm>
#include <cmath>

namespace jobgate {
namespace {

constexpr Duration kWindow = std::chrono::minutes(1);
constexpr Duration kGrain = std::chrono::seconds(1);
constexpr std::chrono::seconds kUnknown{60};
constexpr std::chrono::seconds kMost{600};

}  // namespace

void DrainRate::Count(int64_t claims, Time now) {
  if (!since_) since_ = now;
  while (!recent_.empty() && now - recent_.front().at > kWindow) recent_.pop_front();
  if (claims == 0) return;
  if (recent_.empty() || now - recent_.back().at >= kGrain)
    recent_.push_back({now, claims});
  else
    recent_.back().count += claims;
}

std::chrono::seconds DrainRate::Until(int64_t jobs, Time now) const {
  int64_t left = 0;
  for (const Claims& claims : recent_)
    if (now - claims.at <= kWindow) left += claims.count;
  if (left == 0) return kUnknown;
  const Duration counted = std::clamp<Duration>(now - *since_, kGrain, kWindow);
  const double seconds = std::chrono::duration<double>(counted).count();
  const double wait = std::ceil(static_cast<double>(jobs) * seconds / static_cast<double>(left));
  return std::clamp(std::chrono::seconds(static_cast<int64_t>(wait)), std::chrono::seconds(1),
                    kMost);
}

}  // namespace jobgate
