// Jobs that run for long, and failures by what kind of error they are.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// The jobs of GET /api/v1/stuck; a sentence where there are none.
std::string StuckTable(const Json& jobs, const Look& look);

// GET /api/v1/errors.
std::string ErrorsPage(const Json& errors, const Look& look);

}  // namespace jobgate
