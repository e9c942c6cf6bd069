// GET /api/v1/stuck: what has been running for long.
#pragma once
#include <optional>
#include <vector>

#include "src/api/worker_json.h"
#include "src/base/json.h"

namespace jobgate {

struct LongRunning {
  RunningJob running;
  std::optional<Duration> timeout;  // absent where the declaration is gone
};

// {jobs: [{job, attempt, startedAt, runningMs, timeoutMs, stopping}]}, the longest first: those
// whose attempt has been running for at least `older_than` at `now`.
Json StuckJson(std::vector<LongRunning> running, Duration older_than, Time now);

}  // namespace jobgate
