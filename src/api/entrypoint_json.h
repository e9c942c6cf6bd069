// Declared entrypoints as GET /api/v1/entrypoints shows them.
#pragma once
#include "src/base/json.h"
#include "src/config/config.h"

namespace jobgate {

// {entrypoints: […]}, by name.
Json EntrypointsJson(const Config& config);

}  // namespace jobgate
