#include "src/worker/backoff.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

std::vector<int64_t> Delays(Backoff backoff, int64_t delay_ms, int64_t most_ms, int tries) {
  CountingRandom random;
  const RetryPolicy policy{.attempts_max = tries,
                           .delay = Duration(delay_ms),
                           .delay_max = Duration(most_ms),
                           .backoff = backoff,
                           .jitter = 0};
  std::vector<int64_t> delays;
  for (int failed = 1; failed <= tries; ++failed)
    delays.push_back(BackoffDelay(policy, failed, random).count());
  return delays;
}

}  // namespace

TEST_CASE("backoff: fixed, linear and exponential delays grow as they say, up to the bound") {
  using Milliseconds = std::vector<int64_t>;
  CHECK(Delays(Backoff::kFixed, 100, 250, 4) == Milliseconds{100, 100, 100, 100});
  CHECK(Delays(Backoff::kLinear, 100, 250, 4) == Milliseconds{100, 200, 250, 250});
  CHECK(Delays(Backoff::kExponential, 100, 500, 5) == Milliseconds{100, 200, 400, 500, 500});
}

TEST_CASE("backoff: a thousand tries overflow nothing") {
  CHECK(Delays(Backoff::kExponential, 2'592'000'000, 2'592'000'000, 1000).back() == 2'592'000'000);
}

TEST_CASE("backoff: jitter moves a delay to both sides, and never further than its share") {
  CountingRandom random;
  const RetryPolicy policy{.delay = Duration(1000), .delay_max = Duration(1000), .jitter = 0.2};
  Duration least = Duration::max(), most{};
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = BackoffDelay(policy, 1, random);
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  CHECK(least >= Duration(800));
  CHECK(least < Duration(850));
  CHECK(most <= Duration(1200));
  CHECK(most > Duration(1150));
}

}  // namespace jobgate
