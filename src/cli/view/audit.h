// The page of `audit verify`, from the API's object and what `issues` adds to it.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string AuditPage(const Json& audit, const Look& look);

}  // namespace jobgate
