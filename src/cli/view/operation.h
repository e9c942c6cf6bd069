// The daemon's own condition: health, worker, figures, explanations.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string HealthPage(const Json& health, const Look& look);
std::string WorkerPage(const Json& worker, const Look& look);
std::string StatsPage(const Json& stats, const Look& look);
std::string ExplanationPage(const Json& explanation, const Look& look);

}  // namespace jobgate
