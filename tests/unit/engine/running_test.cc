// Attempts, their ends, and what operators do to running jobs.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 2},
  "worker": {"maxAttempts": 3, "retryDelayMs": 1000, "retryJitter": 0, "shutdownGraceMs": 30000},
  "entrypoints": {
    "work":  {"run": ["work"], "permanentExitCodes": [64], "dedupe": "none"},
    "safe":  {"run": ["safe"], "idempotent": true, "dedupe": "none"}}})";

std::string WithoutDlq() {
  std::string text = kConfig;
  return text.insert(1, R"("dlq": {"enabled": false},)");
}

// The supervisor dies, and the one after it has killed what was left.
void LoseSupervisor(TestDaemon& daemon, const Job& job, int number) {
  daemon.Report(SupervisorLost{});
  daemon.Report(Connected("incarnation-" + std::to_string(number + 1)));
  daemon.Report(LeftoversKilled{{{job.id, number}}});
}

}  // namespace

TEST_CASE("running: tries are spaced by the backoff and end in the dead-letter queue, once") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.Exit(job, Exited{1});
  CHECK(daemon.Find(job.id).run_after == daemon.clock.wall + seconds(1));
  CHECK(daemon.until == Duration(1000));
  daemon.Wait(seconds(1));
  daemon.Exit(job, Exited{1});
  CHECK(daemon.Find(job.id).run_after == daemon.clock.wall + seconds(2));
  daemon.Wait(seconds(2));
  daemon.Exit(job, Signaled{9});
  const Job dead = daemon.Find(job.id);
  CHECK(dead.state == JobState::kDeadLettered);
  CHECK(dead.dlq_reason == "killed by SIGKILL (try 3 of 3)");
  CHECK(daemon.Attempts(job.id).size() == 3);
}

TEST_CASE("running: a permanent exit code takes no further try") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.Exit(job, Exited{64});
  CHECK(daemon.Find(job.id).state == JobState::kDeadLettered);
}

TEST_CASE("running: without a dead-letter queue a job just fails") {
  TestDaemon daemon(WithoutDlq());
  const Job job = daemon.Submit("work");
  daemon.Exit(job, Exited{64});
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
}

TEST_CASE("running: a cancel is stored before the stop, and holds whatever the exit says") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  const Job stopping = daemon.Done(CancelJob{job.id, "enough"});
  CHECK(stopping.state == JobState::kRunning);
  CHECK(daemon.spawner.stopped == std::vector<AttemptId>{{job.id, 1}});
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).state == JobState::kCanceled);
  CHECK(daemon.Find(job.id).last_error == "enough");
}

TEST_CASE("running: a cancel holds when nobody knows how the attempt ended") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("safe");
  daemon.Done(CancelJob{job.id, ""});
  LoseSupervisor(daemon, job, 1);
  CHECK(daemon.Find(job.id).state == JobState::kCanceled);
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("running: a cancel replaces a drain's stop") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("safe");
  daemon.Ask(StopWorker{true});
  daemon.Wait(seconds(30));
  daemon.Done(CancelJob{job.id, "enough"});
  daemon.Exit(job, Signaled{15});
  CHECK(daemon.Find(job.id).state == JobState::kCanceled);
}

TEST_CASE("running: an unknown outcome runs again by itself only where that does no harm") {
  TestDaemon daemon(kConfig);
  const Job safe = daemon.Submit("safe");
  LoseSupervisor(daemon, safe, 1);
  CHECK(daemon.Find(safe.id).state == JobState::kRunning);
  CHECK(daemon.Find(safe.id).tries == 1);
  CHECK(daemon.Attempts(safe.id).at(0).outcome == "interrupted");

  TestDaemon other(kConfig);
  const Job work = other.Submit("work");
  LoseSupervisor(other, work, 1);
  CHECK(other.Find(work.id).state == JobState::kInterrupted);
}

TEST_CASE("running: a job that is interrupted as often as it may be tried is poison") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("safe");
  for (int number = 1; number <= 3; ++number) LoseSupervisor(daemon, job, number);
  CHECK(daemon.Find(job.id).state == JobState::kDeadLettered);
}

TEST_CASE("running: an interrupted job becomes what an operator says, and nothing else does") {
  const auto resolved = [](Resolution as) {
    TestDaemon daemon(kConfig);
    const Job job = daemon.Submit("work");
    CHECK(daemon.Refused(ResolveJob{job.id, as, ""}) == Code::kConflict);
    LoseSupervisor(daemon, job, 1);
    daemon.Done(ResolveJob{job.id, as, "looked"});
    return daemon.Find(job.id).state;
  };
  CHECK(resolved(Resolution::kSucceeded) == JobState::kSucceeded);
  CHECK(resolved(Resolution::kFailed) == JobState::kFailed);
  CHECK(resolved(Resolution::kRetry) == JobState::kRunning);
}

TEST_CASE("running: a drain lets jobs go on for its grace, stops the rest, and starts none") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Submit("work");
  const Job second = daemon.Submit("work");
  daemon.Ask(StopWorker{true});
  CHECK(daemon.until == Duration(seconds(30)));
  daemon.Exit(first, Exited{0});
  daemon.Submit("work");
  CHECK(daemon.spawner.spawned.size() == 2);
  CHECK(daemon.spawner.stopped.empty());
  daemon.Wait(seconds(30));
  CHECK(daemon.spawner.stopped == std::vector<AttemptId>{{second.id, 1}});
  CHECK_FALSE(daemon.engine().drained());
  daemon.Exit(second, Signaled{15});
  CHECK(daemon.engine().drained());
  CHECK(daemon.Find(second.id).state == JobState::kInterrupted);
}

TEST_CASE("running: a drain goes on where a killed daemon left it, and is forgotten once done") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.Ask(StopWorker{true});
  daemon.Wait(seconds(10));
  daemon.Start(kConfig);
  daemon.Report(Connected("incarnation-1", {{job.id, 1}}));
  CHECK(daemon.until == Duration(seconds(20)));
  daemon.Wait(seconds(20));
  CHECK(daemon.spawner.stopped == std::vector<AttemptId>{{job.id, 1}});
  daemon.Exit(job, Signaled{15});
  CHECK(daemon.engine().drained());
  daemon.Start(kConfig);
  CHECK_FALSE(daemon.engine().drained());
}

TEST_CASE("running: an attempt that ended while the daemon was away ended then, not now") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  const Time started = daemon.Attempts(job.id).at(0).started_at;
  daemon.clock.Advance(seconds(60));
  ExitRecord record;
  record.id = {job.id, 1};
  record.status = Exited{0};
  record.since_end = seconds(58);
  daemon.Report(Connected("incarnation-1", {}, {record}));
  CHECK(daemon.Attempts(job.id).at(0).ended_at == started + seconds(2));
  CHECK(daemon.Find(job.id).finished_at == started + seconds(2));
}

TEST_CASE("running: a start that was never sent is sent by the next daemon, once") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.spawner.spawned.clear();
  daemon.Start(kConfig);
  REQUIRE(daemon.spawner.spawned.size() == 1);
  CHECK(daemon.spawner.spawned[0].id == AttemptId{job.id, 1});
  daemon.Report(Connected("incarnation-1", {{job.id, 1}}));
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("running: what was to start under a lost supervisor is not sent to the next one") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  ExitRecord failed;
  failed.id = {job.id, 1};
  failed.status = Exited{1};
  daemon.clock.Advance(seconds(1));
  daemon.engine().RunTurn({}, {failed, SupervisorLost{}});
  CHECK(daemon.spawner.acknowledged.empty());
  daemon.Report(Connected("incarnation-1", {}, {failed}));
  CHECK(daemon.spawner.acknowledged == std::vector<AttemptId>{{job.id, 1}});
}

TEST_CASE("running: a jump of the wall clock by a year ends no delay and no approval") {
  for (const Duration jump : {Duration(hours(24 * 365)), -Duration(hours(24 * 365))}) {
    TestDaemon daemon(kConfig);
    SubmitJob delayed = Submission("work");
    delayed.delay = hours(1);
    const Job job = daemon.Done(delayed);
    daemon.clock.wall += jump;
    daemon.Wait(hours(1) - Duration(1));
    CHECK(daemon.Find(job.id).state == JobState::kQueued);
    daemon.Wait(Duration(1));
    CHECK(daemon.Find(job.id).state == JobState::kRunning);
  }
}

TEST_CASE("running: figures count ends once, and judge only attempts that say something") {
  TestDaemon daemon(kConfig);
  daemon.Exit(daemon.Submit("work"), Exited{0});
  daemon.Exit(daemon.Submit("work"), Exited{64});
  const Job stopped = daemon.Submit("work");
  daemon.Done(CancelJob{stopped.id, ""});
  daemon.Exit(stopped, Signaled{15});
  auto reply = daemon.Ask(TakeSnapshot{});
  REQUIRE(reply);
  const auto& snapshot = std::get<EngineSnapshot>(*reply);
  CHECK(snapshot.processed == 3);
  CHECK(snapshot.succeeded == 1);
  CHECK(snapshot.failed == 1);
  CHECK(snapshot.recent_attempts == 2);
  CHECK(snapshot.recent_successes == 1);
  CHECK(snapshot.counts->Total() == 3);
}

}  // namespace jobgate
