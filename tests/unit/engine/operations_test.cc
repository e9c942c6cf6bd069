// What operators do to jobs: force-fail and replay.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 2},
  "entrypoints": {
    "work":  {"run": ["work"], "maxAttempts": 3},
    "safe":  {"run": ["safe"], "idempotent": true},
    "gated": {"steps": [{"name": "go", "run": ["go"], "gate": true}], "maxAttempts": 1}}})";

ReplayJob ReplayOf(const Job& job, bool debug = false) {
  ReplayJob command;
  command.id = job.id;
  command.debug = debug;
  return command;
}

Job Succeeded(TestDaemon& daemon, const std::string& entrypoint = "work") {
  const Job job = daemon.Submit(entrypoint);
  daemon.Exit(job, Exited{0});
  return daemon.Find(job.id);
}

std::string Env(const SpawnRequest& request, const std::string& name) {
  const auto found = request.env.find(name);
  return found == request.env.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("fail: the intent is stored before the stop, and holds whatever the exit says") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  CHECK(daemon.Done(FailJob{job.id, "enough"}).state == JobState::kRunning);
  CHECK(daemon.spawner.stopped == std::vector<AttemptId>{{job.id, 1}});
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
  CHECK(daemon.Find(job.id).last_error == "enough");
  CHECK(daemon.LastEvent(job.id) == "job:failed");
}

TEST_CASE("fail: nothing is tried again and nothing is dead-lettered") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.Done(FailJob{job.id, "enough"});
  daemon.Exit(job, Exited{1});
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("fail: it holds when nobody knows how the attempt ended, also where that is resumed") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("safe");
  daemon.Done(FailJob{job.id, "enough"});
  daemon.Report(SupervisorLost{});
  daemon.Report(Connected("incarnation-2"));
  daemon.Report(LeftoversKilled{{{job.id, 1}}});
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
}

TEST_CASE("fail: a job that waits ends at once, one that has ended is a conflict") {
  TestDaemon daemon(kConfig);
  const Job waiting = daemon.Submit("gated");
  CHECK(daemon.Done(FailJob{waiting.id, ""}, "os:ann").state == JobState::kFailed);
  CHECK(daemon.Find(waiting.id).last_error == "failed by os:ann");
  CHECK(daemon.Refused(FailJob{waiting.id, ""}) == Code::kConflict);
}

TEST_CASE("fail: of a cancel and a fail the first one counts") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("work");
  daemon.Done(CancelJob{job.id, "first"});
  daemon.Done(FailJob{job.id, "second"});
  daemon.Exit(job, Signaled{15});
  CHECK(daemon.Find(job.id).state == JobState::kCanceled);
  CHECK(daemon.Find(job.id).last_error == "first");
}

TEST_CASE("replay: it runs marked, with a trace of its own, and leaves the old job as it was") {
  TestDaemon daemon(kConfig);
  const Job old = Succeeded(daemon);
  const Job fresh = daemon.Done(ReplayOf(old, true));
  CHECK(fresh.parent_id == old.id);
  CHECK(fresh.trace_id != old.trace_id);
  CHECK(daemon.Find(old.id) == old);
  CHECK(daemon.LastEvent(old.id) == "job:replayed");
  const SpawnRequest& first = daemon.spawner.spawned.front();
  const SpawnRequest& again = daemon.spawner.spawned.back();
  CHECK(Env(first, "JOBGATE_REPLAY") == "");
  CHECK(Env(again, "JOBGATE_REPLAY") == "1");
  CHECK(Env(again, "JOBGATE_DEBUG") == "1");
  daemon.Exit(fresh, Exited{0});
  daemon.Done(ReplayOf(old));
  CHECK(Env(daemon.spawner.spawned.back(), "JOBGATE_DEBUG") == "");
}

TEST_CASE("replay: it is no duplicate of a submission, and is refused beside the same work") {
  TestDaemon daemon(kConfig);
  const Job old = Succeeded(daemon);
  const Job replay = daemon.Done(ReplayOf(old));
  const Job real = daemon.Submit("work");
  CHECK(real.id != replay.id);
  const auto refused = daemon.Ask(ReplayOf(old));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kConflict);
  CHECK(refused.error().job_id == real.id);
  CHECK(daemon.Refused(ReplayOf(real)) == Code::kConflict);
}

TEST_CASE("replay: a gate holds it, and what is approved says that it is a replay") {
  TestDaemon daemon(kConfig);
  const Job old = daemon.Submit("gated");
  daemon.Done(ApproveJob{old.id, "", "cli", ""});
  daemon.Exit(old, Exited{0});
  const Job fresh = daemon.Done(ReplayOf(daemon.Find(old.id), true));
  CHECK(fresh.state == JobState::kWaitingApproval);
  daemon.Done(ApproveJob{fresh.id, "", "cli", fresh.gate->digest});
  CHECK(daemon.Find(fresh.id).state == JobState::kRunning);
}

}  // namespace jobgate
