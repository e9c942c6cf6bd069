// Why a queued job does not start, for whoever waits for it.
#pragma once
#include <optional>
#include <string>

#include "src/base/time.h"
#include "src/cli/api_client.h"

namespace jobgate {

struct Wait {
  std::string what;   // the API's word: "worker_stopped", "breaker"
  std::string words;  // the reason, and the command to go on with
};

// The first thing that holds it up, a mere delay last. Nothing where it is not queued, starts at
// once, or the daemon does not say.
std::optional<Wait> WhyItWaits(const ApiClient& api, const std::string& job_id, Time now);

}  // namespace jobgate
