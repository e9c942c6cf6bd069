// GET and PUT /api/v1/intake: whether submissions are taken, how many a minute, and who said so.
#pragma once
#include "src/base/json.h"
#include "src/engine/snapshot.h"

namespace jobgate {

// {paused, maxPerMinute, by, since, reason, configured: {paused, maxPerMinute}}
Json IntakeJson(const EngineSnapshot& snapshot);

}  // namespace jobgate
