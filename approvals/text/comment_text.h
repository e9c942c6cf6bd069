// What the comments on an issue say: one for each thing that happened to its job.
#pragma once
#include <optional>
#include <string>

#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

// What the last attempt printed last, to each stream.
struct LogTails {
  std::string out, err;
};

// Of an event of `job` as it is after the turn; nothing where the people on the issue need not hear
// of it.
std::optional<std::string> CommentText(const Event& event, const Job& job, const LogTails& logs);

// For the issue that a job stood on until it named another one.
std::string MovedText(int64_t issue);

}  // namespace jobgate
