// The worker in health and in GET /api/v1/workers/status.
#pragma once
#include <vector>

#include "src/base/json.h"
#include "src/engine/snapshot.h"
#include "src/job/job.h"

namespace jobgate {

// Health's `worker` object. Null figures where `snapshot` is null: the engine did not answer.
Json WorkerJson(const EngineSnapshot* snapshot);

// The share of successes among the last ended attempts; nothing before the first one.
std::optional<double> SuccessRatePercent(const EngineSnapshot& snapshot);

struct RunningJob {
  Job job;
  Attempt attempt;
};
// WorkerJson and {stopped, draining, supervisorConnected, maxConcurrent, jobs}.
Json WorkerStatusJson(const EngineSnapshot& snapshot, const std::vector<RunningJob>& running);

}  // namespace jobgate
