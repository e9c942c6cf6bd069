// GET /metrics: the snapshot in the Prometheus text format, names by its conventions
// (https://prometheus.io/docs/practices/naming/).
#pragma once
#include <string>

#include "src/api/system_figures.h"
#include "src/engine/snapshot.h"

namespace jobgate {

std::string MetricsText(const EngineSnapshot& snapshot, const SystemFigures& system);

}  // namespace jobgate
