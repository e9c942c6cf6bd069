// GET /api/v1/stats: counts by state and priority, figures since the daemon's start, and those of
// the gates.
#pragma once
#include "src/base/json.h"
#include "src/engine/snapshot.h"

namespace jobgate {

// Every state by its name, and `total`; null figures where the store could not be counted.
Json StatesJson(const std::optional<StateCounts>& counts);
Json StatsJson(const EngineSnapshot& snapshot);

}  // namespace jobgate
