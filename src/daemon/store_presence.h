// Whether the store is still there that a folder was used with.
#pragma once
#include <string>

#include "src/base/error.h"

namespace jobgate {

// Before the store at `path` is opened, which would make a new one without a word. `was_used`: a
// daemon has worked with this folder before. Gives a warning, "" where there is nothing to say.
// Errors: kConflict for a store that something has emptied.
Result<std::string> LookForStore(const std::string& path, bool was_used);

}  // namespace jobgate
