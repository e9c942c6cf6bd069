// GET /api/v1/jobs/{id}/explain: what holds a job up, who can clear it, until when. A pure
// function of the job and of what the engine knows.
#pragma once
#include <optional>

#include "src/base/json.h"
#include "src/config/config.h"
#include "src/engine/snapshot.h"
#include "src/job/job.h"

namespace jobgate {

struct ExplainInput {
  const Job* job = nullptr;
  const Entrypoint* declaration = nullptr;  // null where the settings no longer have it
  const GatePolicy* gate = nullptr;         // of the current step; null where it has none
  const Attempt* last_attempt = nullptr;    // null before the first one
  const EngineSnapshot* snapshot = nullptr;
};

// {id, state, summary, conditions: [{what, detail, since, until, who, command}]}
Json ExplainJson(const ExplainInput& input);

// The first thing that holds a queued job up: {what, detail, until}; null where nothing does, or
// it is not queued. `declaration` alone is needed of the rest.
Json WaitJson(const ExplainInput& input);

}  // namespace jobgate
