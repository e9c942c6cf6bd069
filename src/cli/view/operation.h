// The daemon's own condition: health, worker, figures, dead letters, explanations.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string HealthPage(const Json& health, const Look& look);
std::string WorkerPage(const Json& worker, const Look& look);
std::string StatsPage(const Json& stats, const Look& look);
std::string ExplanationPage(const Json& explanation, const Look& look);
// The entries of GET /api/v1/dlq; a sentence where there are none.
std::string DeadLetterTable(const Json& entries, const Look& look);

}  // namespace jobgate
