// Copies of single files that were approved.
#pragma once
#include <map>
#include <string>

#include "src/base/error.h"

namespace jobgate {

// Copies each of `files` (path below `source` → state, src/job/file_state.h) to the same path below
// `folder`, without write permission. A file is read once: what is compared with its state is what
// is written. Errors: kConflict where one is not what was approved, or is reached over a symbolic
// link; kUnavailable where the disk refuses. Each names the file.
Result<void> CopyFiles(const std::string& source, const std::map<std::string, std::string>& files,
                       const std::string& folder);

}  // namespace jobgate
