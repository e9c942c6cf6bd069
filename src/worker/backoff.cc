#include "src/worker/backoff.h"

#include <algorithm>
#include <cmath>

namespace jobgate {
namespace {

double Factor(Backoff backoff, int failed_tries) {
  switch (backoff) {
    case Backoff::kFixed:
      return 1;
    case Backoff::kLinear:
      return failed_tries;
    case Backoff::kExponential:
      return std::ldexp(1.0, std::min(failed_tries - 1, 62));
  }
  return 1;
}

// Uniform in [-1, 1).
double Draw(Random& random) {
  return static_cast<double>(random.Next() >> 11) * 0x1.0p-52 - 1.0;
}

}  // namespace

Duration BackoffDelay(const RetryPolicy& policy, int failed_tries, Random& random) {
  const auto base = static_cast<double>(policy.delay.count());
  const auto most = static_cast<double>(policy.delay_max.count());
  const double delay = std::min(base * Factor(policy.backoff, failed_tries), most);
  return Duration(std::llround(delay * (1 + policy.jitter * Draw(random))));
}

}  // namespace jobgate
