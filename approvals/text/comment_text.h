// What the comments on an issue say: one for each thing that happened to its job.
#pragma once
#include <optional>
#include <string>

#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

// Of an event of `job` as it is after the turn; nothing where the people on the issue need not hear
// of it. `log_tail` is what the last attempt printed last.
std::optional<std::string> CommentText(const Event& event, const Job& job,
                                       const std::string& log_tail);

}  // namespace jobgate
