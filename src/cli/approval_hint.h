// How a job goes on that waits for approval.
#pragma once
#include <string>

#include "src/cli/api_client.h"

namespace jobgate {

// A clause for people; asks the daemon. Where it does not answer, or there is no command yet, the
// clause points to `jobgate explain`.
std::string HowToGoOn(const ApiClient& api, const std::string& job_id);

}  // namespace jobgate
