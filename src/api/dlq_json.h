// Dead-lettered jobs as GET /api/v1/dlq shows them.
#pragma once
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

// {job, reason, addedAt, attempts, lastError}
Json DlqEntryJson(const Job& job);

// An attempt with the ends of its logs.
struct AttemptTails {
  Attempt attempt;
  std::string out;
  std::string err;
};
// An entry and {history: […], logsRemoved}: its last attempts, each with {stdoutTail, stderrTail}.
Json DlqStoryJson(const Job& job, const std::vector<AttemptTails>& last, bool logs_removed);

}  // namespace jobgate
