// What a turn that starts a job costs beside a queue of others that may not start: counted, not
// timed.
#include "tests/support/instructions.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

constexpr int kFew = 20;
constexpr int kMany = 10'000;
constexpr int64_t kUnbounded = INT64_MAX;

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 4, "expressSlots": 1, "maxQueueSize": 100000},
  "worker": {"maxAttempts": 1},
  "breaker": {"failureThreshold": 1, "openMs": 60000},
  "entrypoints": {
    "broken": {"run": ["true"], "dedupe": "none"},
    "full":   {"run": ["true"], "dedupe": "none", "maxConcurrent": 1},
    "free":   {"run": ["true"], "dedupe": "none"}}})";

void Queue(TestDaemon& daemon, const std::string& entrypoint, int count) {
  SubmitBatch batch;
  for (int i = 0; i < count; ++i) {
    batch.items.push_back(Submission(entrypoint));
    batch.items.back()->priority = Priority::kCritical;
    if (std::ssize(batch.items) < 1000 && i + 1 < count) continue;
    REQUIRE_OK(daemon.Ask(std::move(batch)));
    batch = {};
  }
}

// Of the turn that takes and starts a job of an entrypoint that nothing blocks, beside `count` of
// each of the two that something does.
int64_t StartCost(int count, int64_t most) {
  return InstructionsOf(
      [&](const Counted& counted) {
        TestDaemon daemon(kConfig);
        daemon.Exit(daemon.Submit("broken"), Exited{1});
        daemon.Submit("full");
        for (const char* blocked : {"broken", "full"}) Queue(daemon, blocked, count);
        REQUIRE(daemon.Find(daemon.Submit("free").id).state == JobState::kRunning);
        Job job;
        counted([&] { job = daemon.Submit("free"); });
        REQUIRE(daemon.Find(job.id).state == JobState::kRunning);
        for (const char* blocked : {"broken", "full"})
          REQUIRE(daemon.store().TotalsOf(blocked)->queued == count);
      },
      most);
}

}  // namespace

TEST_CASE("claims: a job starts as cheaply beside 20,000 of an open breaker and a full entrypoint" *
          doctest::skip(kIsSanitized)) {
  const int64_t few = StartCost(kFew, kUnbounded);
  const int64_t many = StartCost(kMany, 2 * few);
  CAPTURE(few);
  CAPTURE(many);
  CHECK(many < 2 * few);
}

}  // namespace jobgate
