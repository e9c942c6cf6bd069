// Breakers for people.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// Of GET /api/v1/breakers.
std::string BreakerTable(const Json& breakers, const Look& look);

}  // namespace jobgate
