// The commit that a job runs from.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// Pins the commit that the ref of `declaration` names now, where the job has none yet, or one that
// the repository has no longer; none where the declaration has no `git`. Errors: kInvalidArgument
// names the repository or the ref, and what to do.
Result<void> PinCommit(const Turn& turn, Job& job, const Entrypoint& declaration);

// The pinned commit, where `declaration` can still be run from it.
std::optional<std::string> StandingCommit(const Turn& turn, const Job& job,
                                          const Entrypoint& declaration);

}  // namespace jobgate
