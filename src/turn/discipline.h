// What holds jobs back besides their own state: the queue's bounds and what operators said.
// Owned by the engine, worked with by every turn.
#pragma once
#include "src/turn/backpressure.h"
#include "src/turn/drain_rate.h"
#include "src/turn/intake.h"

namespace jobgate {

struct Discipline {
  Backpressure backpressure;
  Intake intake;
  DrainRate drain_rate;

  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);
  // At the begin of a turn: what was edited in the settings holds from here on.
  Result<void> Follow(Turn& turn);
};

}  // namespace jobgate
