// Claiming jobs for free slots. Owned by the turn that does it.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// Starts jobs while there are slots: critical and high ones while fewer than queue.maxConcurrent +
// queue.expressSlots run, the others while fewer than queue.maxConcurrent do. Where urgent jobs run
// in ordinary slots and the next start is for an overdue job that needs one, they start no more
// until one is free. A job whose entrypoint has no room is passed over and holds up no other.
// Returns whether jobs may be ready that this turn did not come to: so many of them went elsewhere,
// to their gate or given up, that the rest is left to the next one.
Result<bool> ClaimReady(Turn& turn);

}  // namespace jobgate
