// Another store in the place of all of this one's files, in one step: the rename that gives a
// complete snapshot, as a backup is one, the name LogPaths::Replacement. From then on it is
// finished by whoever opens the store next, should this process not come to it. It stays a
// snapshot, with an empty log behind it: what was built at once has no turns that one could go back
// to, and a cut in it is no turn that a crash has torn.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_paths.h"

namespace jobgate::jsonl {

// Where a replacement is among the paths `found`, moves what was there aside, puts it in place, and
// brings `found` up to date. Returns the name that the log that was there is kept under, "" where
// nothing was; absent where no replacement waits.
Result<std::optional<std::string>> FinishReplacement(LogFiles& files, const LogPaths& paths,
                                                     std::vector<std::string>& found);

}  // namespace jobgate::jsonl
