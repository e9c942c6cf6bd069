// Other settings while jobs run. What runs keeps the declaration it was started by: where that
// changes, it is pinned in the transaction that takes the new settings over, and a job that goes
// back to the queue loses the pin (src/turn/declarations.h). The settings in use are
// kept in the store, so that this holds across a restart with an edited file too.
#pragma once
#include <string>

#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// Writes down that the next turns run by `command.settings`. The caller swaps them after the
// commit.
Result<void> Reconfigure(Turn& turn, const AdoptSettings& command, const Actor& actor);

// The settings' file is not usable as it is; the ones in use stay.
Result<void> RecordRejection(Turn& turn, const RejectSettings& command, const Actor& actor);

// Before the first turn: the file may have changed while no daemon ran. False where nothing had to
// be written.
Result<bool> ReconfigureAtStart(Turn& turn);

}  // namespace jobgate
