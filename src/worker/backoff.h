// How long a job waits before its next try.
#pragma once
#include "src/base/random.h"
#include "src/config/config.h"

namespace jobgate {

// After `failed_tries` (>= 1) failures: delay, delay × tries, or delay × 2^(tries - 1), at most
// delay_max, then moved by up to ± jitter of itself.
Duration BackoffDelay(const RetryPolicy& policy, int failed_tries, Random& random);

}  // namespace jobgate
