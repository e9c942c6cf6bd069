// The figures of the gates in GET /api/v1/stats.
#pragma once
#include "src/base/json.h"
#include "src/engine/snapshot.h"

namespace jobgate {

Json ApprovalFiguresJson(const EngineSnapshot& snapshot);

}  // namespace jobgate
