// The figures of the gates, as `stats` shows them.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// A headed block; "" where nothing waits and nothing was ever decided.
std::string ApprovalFigures(const Json& figures, const Look& look);

}  // namespace jobgate
