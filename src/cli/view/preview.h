// A dry run: what would run, and what would hold it.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string PreviewPage(const Json& preview, const Look& look);

}  // namespace jobgate
