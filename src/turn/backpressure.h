// Whether the queue asks for a pause: on from queue.backpressureThreshold per cent of
// queue.maxQueueSize, off again 10 points below it. Kept in the store, since between the two
// only the past says which it is. Owned by the loop thread.
#pragma once
#include "src/base/error.h"
#include "src/config/config.h"

namespace jobgate {

class Store;
struct Turn;

class Backpressure {
 public:
  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);

  // Looks at the queue as it is in this turn, and tells of a change. Not inside a savepoint: what
  // it writes stays, whatever becomes of the command that comes next.
  Result<void> Follow(Turn& turn);

  bool active() const { return active_; }

  // The most queued jobs with which it ends.
  static int64_t EndsAt(const Config& config);

 private:
  bool active_ = false;
};

}  // namespace jobgate
