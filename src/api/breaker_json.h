// GET /api/v1/breakers: the breaker of every entrypoint.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/engine/snapshot.h"

namespace jobgate {

// {entrypoint, state, failures, openedAt, until, probe, lastError}
Json BreakerJson(const std::string& entrypoint, const EngineSnapshot& snapshot);
// {enabled, breakers: [of every declared entrypoint, and of others that are not closed]}
Json BreakersJson(const EngineSnapshot& snapshot);

// "closed", "half-open" or "open" by entrypoint; {} where breaker.enabled is false.
Json BreakerStatesJson(const EngineSnapshot& snapshot);
int64_t CountOf(const EngineSnapshot& snapshot, BreakerState state);

}  // namespace jobgate
