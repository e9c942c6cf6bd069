// What a (re)connected supervisor tells, against what the store says is running.
#pragma once
#include <set>

#include "src/turn/lifecycle.h"

namespace jobgate {

// Applies kept exit records; sends attempts that never ran again, under the approval they
// started with; stops processes that belong to no attempt; and has what is left of another
// incarnation's attempts killed. turn.incarnation is the connected one.
Result<void> ApplyConnected(Turn& turn, const SupervisorConnected& connected);

// Nothing of these attempts lives any more: they end as interrupted.
Result<void> ApplyLeftoversKilled(Turn& turn, const LeftoversKilled& killed);

}  // namespace jobgate
