// A job as the API, the CLI and programs see it: every key always there, null where it has none.
#pragma once
#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

Json JobJson(const Job& job);

}  // namespace jobgate
