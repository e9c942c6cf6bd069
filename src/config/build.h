// From the checked document to the settings.
#pragma once
#include <string>
#include <string_view>

#include "src/base/json.h"
#include "src/config/checks.h"
#include "src/config/config.h"

namespace jobgate {

// store.path where the file gives none, relative to the project's folder.
const char* DefaultStorePath(std::string_view type);

// `effective` has passed the schema and CheckMeaning. `path` is absolute.
Config BuildConfig(std::string path, Json source, Json effective, const CompiledParams& params);

}  // namespace jobgate
