// An attempt as GET /api/v1/jobs/{id}/attempts shows it.
#pragma once
#include <vector>

#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

Json AttemptJson(const Attempt& attempt);
// {attempts: […]}, in the order they ran.
Json AttemptsJson(const std::vector<Attempt>& attempts);

}  // namespace jobgate
