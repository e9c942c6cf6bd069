// A job as the API, the CLI and programs see it: every key always there, null where it has none.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

Json JobJson(const Job& job);
// Canonical(JobJson(job)) in less than half of the time: most replies are one job.
std::string JobText(const Job& job);

}  // namespace jobgate
