// Whether the worker was stopped by command, and what `worker stop --drain` has come to. Kept in
// the store; owned by the loop thread.
#pragma once
#include <optional>

#include "src/turn/turn.h"

namespace jobgate {

class WorkerSwitch {
 public:
  // As the store has it; a drain that a predecessor began goes on from when it began. `monotonic`
  // is Clock::Monotonic at `now`. Errors as the store.
  Result<void> Load(Store& store, Time now, Duration monotonic);

  Result<void> Start(Turn& turn, const Actor& actor);
  Result<void> Stop(Turn& turn, const Actor& actor, bool drain);

  // Ends a drain once nothing runs, and stops what still runs once `shutdown_grace` is over.
  Result<void> DrainIfDue(Turn& turn);
  // When that is to be looked at though nothing happened; monotonic.
  std::optional<Duration> DrainDueAt(const Config& config) const;

  bool stopped() const { return stopped_; }
  bool draining() const { return draining_since_ && !drained_; }
  bool drained() const { return drained_; }

 private:
  Result<void> Put(Turn& turn, const Actor& actor, bool stop, bool drain);

  bool stopped_ = false;
  std::optional<Duration> draining_since_;  // monotonic
  bool jobs_stopped_ = false;
  bool drained_ = false;
};

}  // namespace jobgate
