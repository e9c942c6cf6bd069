// What is to end a running job.
#pragma once
#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

// {as, by, reason}: the state that the job is to end in, whose will that is, and why; null where
// nothing ends it but itself.
Json StopJson(const Job& job);

}  // namespace jobgate
