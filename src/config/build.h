// From the checked document to the settings.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/config/checks.h"
#include "src/config/config.h"

namespace jobgate {

// `effective` has passed the schema and CheckMeaning. `path` is absolute.
Config BuildConfig(std::string path, Json source, Json effective, const CompiledParams& params);

}  // namespace jobgate
