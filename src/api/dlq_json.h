// Dead-lettered jobs as GET /api/v1/dlq shows them.
#pragma once
#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

// {job, reason, addedAt, attempts, lastError}
Json DlqEntryJson(const Job& job);

}  // namespace jobgate
