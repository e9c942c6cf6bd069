// What becomes of a submission: duplicates, keys, room, retries.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 1, "maxQueueSize": 2},
  "worker": {"retryDelayMs": 0},
  "approval": {"maxWaiting": 1},
  "entrypoints": {
    "once":  {"run": ["true"], "maxAttempts": 1},
    "many":  {"run": ["true"], "maxAttempts": 1, "dedupe": "none"},
    "held":  {"steps": [{"name": "go", "run": ["true"], "gate": true}], "dedupe": "none"}}})";

SubmitJob WithKey(const std::string& entrypoint, const std::string& key) {
  SubmitJob command = Submission(entrypoint);
  command.idempotency_key = key;
  return command;
}

}  // namespace

TEST_CASE("admission: the same work while it is active is the same job, and a new one after") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Submit("once");
  CHECK(daemon.Submit("once").id == first.id);
  daemon.Exit(first, Exited{0});
  CHECK(daemon.Submit("once").id != first.id);
}

TEST_CASE("admission: dedupe none makes a job of every submission") {
  TestDaemon daemon(kConfig);
  CHECK(daemon.Submit("many").id != daemon.Submit("many").id);
}

TEST_CASE("admission: a key gives its job again, also once that has ended") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Done(WithKey("many", "k"));
  CHECK(daemon.Done(WithKey("many", "k")).id == first.id);
  daemon.Exit(first, Exited{0});
  CHECK(daemon.Done(WithKey("many", "k")).id == first.id);
}

TEST_CASE("admission: a key outlives its job by a day, then it is free") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Done(WithKey("many", "k"));
  daemon.Exit(first, Exited{0});
  daemon.Wait(std::chrono::hours(23));
  CHECK(daemon.Done(WithKey("many", "k")).id == first.id);
  daemon.Wait(std::chrono::hours(3));
  CHECK(daemon.Done(WithKey("many", "k")).id != first.id);
}

TEST_CASE("admission: a key whose day is over is free at once, for another request too") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Done(WithKey("many", "k"));
  daemon.Exit(first, Exited{0});
  daemon.Wait(std::chrono::minutes(23 * 60 + 30));  // with the sweep of that hour
  daemon.clock.Advance(std::chrono::minutes(30));
  CHECK(daemon.Done(WithKey("many", "k")).id == first.id);
  daemon.clock.Advance(Duration(1));
  const Job second = daemon.Done(WithKey("once", "k"));
  CHECK(second.id != first.id);
  CHECK(daemon.Done(WithKey("once", "k")).id == second.id);
}

TEST_CASE("admission: a retry's request stands as long as the submission said") {
  TestDaemon daemon(kConfig);
  SubmitJob command = Submission("held");
  command.ttl = std::chrono::hours(72);
  const Job old = daemon.Done(command);
  daemon.Done(CancelJob{old.id, ""});
  RetryJob retry;
  retry.id = old.id;
  const Job fresh = daemon.Done(retry);
  CHECK(fresh.approval_expires_at == daemon.clock.Now() + std::chrono::hours(72));
  daemon.Done(CancelJob{fresh.id, ""});
  ReplayJob replay;
  replay.id = fresh.id;
  CHECK(daemon.Done(replay).approval_expires_at == daemon.clock.Now() + std::chrono::hours(72));
}

TEST_CASE("admission: a key for another request is a conflict that names its job") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Done(WithKey("many", "k"));
  const auto refused = daemon.Ask(WithKey("once", "k"));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kConflict);
  CHECK(refused.error().job_id == first.id);
}

TEST_CASE("admission: a key given with an active duplicate stays with that job") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Submit("once");
  CHECK(daemon.Done(WithKey("once", "k")).id == first.id);
  daemon.Exit(first, Exited{0});
  CHECK(daemon.Done(WithKey("once", "k")).id == first.id);
}

TEST_CASE("admission: a full queue refuses and keeps nothing") {
  TestDaemon daemon(kConfig);
  for (int i = 0; i < 3; ++i) daemon.Submit("many");  // one runs, two wait
  const int64_t events = daemon.store().LastEventSeq().value();
  CHECK(daemon.Refused(WithKey("many", "k")) == Code::kQueueFull);
  CHECK(daemon.store().LastEventSeq().value() == events);
  CHECK(!daemon.store().FindIdempotencyKey("k").value());
  CHECK(daemon.store().Counts(kSampleTime)->Total() == 3);
}

TEST_CASE("admission: a full waiting room refuses gated work alone") {
  TestDaemon daemon(kConfig);
  daemon.Submit("held");
  CHECK(daemon.Refused(Submission("held")) == Code::kQueueFull);
  daemon.Submit("many");
}

TEST_CASE("admission: an undeclared entrypoint and unknown params are refused") {
  TestDaemon daemon(kConfig);
  CHECK(daemon.Refused(Submission("nosuch")) == Code::kNotFound);
  SubmitJob odd = Submission("once");
  odd.params = {{"x", 1}};
  CHECK(daemon.Refused(odd) == Code::kInvalidArgument);
}

TEST_CASE("retry: an ended job is retried once, linked both ways; again is a conflict") {
  TestDaemon daemon(kConfig);
  const Job old = daemon.Submit("once");
  CHECK(daemon.Refused(RetryJob{old.id}) == Code::kConflict);
  daemon.Exit(old, Exited{1});
  REQUIRE(daemon.Find(old.id).state == JobState::kDeadLettered);
  const Job fresh = daemon.Done(RetryJob{old.id});
  CHECK(fresh.parent_id == old.id);
  CHECK(daemon.Find(old.id).retried_as == fresh.id);
  CHECK(daemon.Find(old.id).state == JobState::kFailed);
  const auto again = daemon.Ask(RetryJob{old.id});
  REQUIRE(!again);
  CHECK(again.error().code == Code::kConflict);
  CHECK(again.error().job_id == fresh.id);
}

TEST_CASE("retry: the dead-letter queue's own retry takes nothing else") {
  TestDaemon daemon(kConfig);
  const Job done = daemon.Submit("once");
  daemon.Exit(done, Exited{0});
  CHECK(daemon.Refused(RetryJob{done.id, true}) == Code::kConflict);
}

}  // namespace jobgate
