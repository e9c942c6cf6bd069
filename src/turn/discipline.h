// What holds jobs back besides their own state: the queue's bounds and what operators said.
// Owned by the engine, worked with by every turn.
#pragma once
#include "src/turn/backpressure.h"
#include "src/turn/breakers.h"
#include "src/turn/drain_rate.h"
#include "src/turn/intake.h"
#include "src/turn/observations.h"

namespace jobgate {

// How many starts in a row, express ones too, went past an overdue job; src/worker/claim_order.h
// has the rule. Counts over turns; 0 after a start of the daemon.
struct Ageing {
  int passed = 0;
};

struct Discipline {
  Backpressure backpressure;
  Intake intake;
  DrainRate drain_rate;
  Ageing ageing;
  Breakers breakers;
  Observations observations;

  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);
  // At the begin of a turn: what was edited in the settings holds from here on, and what time has
  // brought.
  Result<void> Follow(Turn& turn);
  // At the end of a turn, before its commit.
  Result<void> Keep(Turn& turn);
};

}  // namespace jobgate
