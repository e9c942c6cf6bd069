#include "src/engine/worker_switch.h"

#include <algorithm>
#include <string>

#include "src/engine/operations.h"
#include "store/setting_names.h"

namespace jobgate {
namespace {

constexpr std::string_view kDrainSetting = "worker.drain";  // its start in ms; "" = none

}  // namespace

Result<void> WorkerSwitch::Load(Store& store, Time now, Duration monotonic) {
  const auto stopped = store.GetSetting(kWorkerStoppedSetting);
  if (!stopped) return Fail(stopped.error());
  const auto draining = store.GetSetting(kDrainSetting);
  if (!draining) return Fail(draining.error());
  const bool known = draining_since_.has_value();
  if (*stopped != "true") *this = {};
  stopped_ = *stopped == "true";
  if (!stopped_ || known || draining->value_or("").empty()) return {};
  const Duration waited = now - FromUnixMs(std::stoll(**draining));
  draining_since_ = monotonic - std::max(Duration::zero(), waited);
  return {};
}

Result<void> WorkerSwitch::Start(Turn& turn, const Actor& actor) {
  return Put(turn, actor, false, false);
}

Result<void> WorkerSwitch::Stop(Turn& turn, const Actor& actor, bool drain) {
  return Put(turn, actor, true, drain);
}

Result<void> WorkerSwitch::Put(Turn& turn, const Actor& actor, bool stop, bool drain) {
  JOBGATE_TRY(turn.store.PutSetting(kWorkerStoppedSetting, stop ? "true" : "false"));
  JOBGATE_TRY(turn.Record(stop ? "worker:stopped" : "worker:started", std::nullopt, actor,
                          {{"drain", drain}}));
  JOBGATE_TRY(turn.store.PutSetting(kDrainSetting,
                                    drain ? std::to_string(ToUnixMs(turn.now)) : std::string()));
  *this = {};
  stopped_ = stop;
  if (drain) draining_since_ = turn.monotonic;
  return {};
}

Result<void> WorkerSwitch::DrainIfDue(Turn& turn) {
  if (!draining()) return {};
  if (turn.counts.Of(JobState::kRunning) == 0) {
    drained_ = true;
    return turn.store.PutSetting(kDrainSetting, "");
  }
  const auto due = DrainDueAt(turn.config);
  if (!due || turn.monotonic < *due) return {};
  jobs_stopped_ = true;
  return StopAllForDrain(turn, turn.monotonic - *draining_since_);
}

std::optional<Duration> WorkerSwitch::DrainDueAt(const Config& config) const {
  if (!draining() || jobs_stopped_) return std::nullopt;
  return *draining_since_ + config.worker.shutdown_grace;
}

}  // namespace jobgate
