// The intake for people.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string IntakePage(const Json& intake, const Look& look);

}  // namespace jobgate
