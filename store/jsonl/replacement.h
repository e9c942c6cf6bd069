// Another log in the place of all of the store's files, in one step: the rename that gives a
// complete log the name LogPaths::Replacement. From then on it is finished by whoever opens the
// store next, should this process not come to it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_paths.h"

namespace jobgate::jsonl {

// Where a replacement is among the paths `found`, moves what was there aside, puts it in place, and
// brings `found` up to date. Returns the log that what was there is kept as, "" where nothing was;
// absent where no replacement waits.
Result<std::optional<std::string>> FinishReplacement(LogFiles& files, const LogPaths& paths,
                                                     std::vector<std::string>& found);

}  // namespace jobgate::jsonl
