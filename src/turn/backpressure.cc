#include "src/turn/backpressure.h"

#include <algorithm>

#include "src/turn/turn.h"

namespace jobgate {
namespace {

constexpr std::string_view kSetting = "queue.backpressure";
constexpr int kHysteresisPoints = 10;

// Queued jobs × 100 against points × maxQueueSize: the share in per cent without rounding.
bool IsAtLeast(int64_t queued, int points, const Config& config) {
  return queued * 100 >= int64_t{points} * config.queue.queued_max;
}

}  // namespace

Result<void> Backpressure::Load(Store& store) {
  auto stored = store.GetSetting(kSetting);
  if (!stored) return Fail(std::move(stored).error());
  active_ = *stored == "true";
  return {};
}

Result<void> Backpressure::Follow(Turn& turn) {
  const int64_t queued = turn.counts.Of(JobState::kQueued);
  const bool active = active_
                          ? queued > EndsAt(turn.config)
                          : IsAtLeast(queued, turn.config.queue.backpressure_percent, turn.config);
  if (active == active_) return {};
  JOBGATE_TRY(turn.store.PutSetting(kSetting, active ? "true" : "false"));
  JOBGATE_TRY(turn.Record(active ? "queue:backpressure_on" : "queue:backpressure_off", std::nullopt,
                          std::nullopt,
                          {{"queued", queued},
                           {"maxQueueSize", turn.config.queue.queued_max},
                           {"thresholdPercent", turn.config.queue.backpressure_percent}}));
  active_ = active;
  return {};
}

int64_t Backpressure::EndsAt(const Config& config) {
  const int points = std::max(config.queue.backpressure_percent - kHysteresisPoints, 0);
  return int64_t{points} * config.queue.queued_max / 100;
}

}  // namespace jobgate
