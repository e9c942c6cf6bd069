// The worker's dry run: what it starts ends in the same turn, as succeeded, and nothing is
// executed.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// Ends every attempt that a dry worker has started so far in this turn, and those of further steps
// that follow from it. Returns whether there were any.
Result<bool> EndRehearsals(Turn& turn);

}  // namespace jobgate
