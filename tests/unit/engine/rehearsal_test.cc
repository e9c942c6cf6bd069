// The dry worker: everything but the execution.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kConfig = R"({
  "worker": {"dryRun": true}, "queue": {"maxConcurrent": 2, "maxQueueSize": 1000},
  "entrypoints": {
    "work":  {"run": ["work"], "dedupe": "none"},
    "chain": {"steps": [{"name": "a", "run": ["a"]}, {"name": "b", "run": ["b"]}]},
    "gated": {"steps": [{"name": "plan", "run": ["p"]}, {"name": "go", "run": ["g"], "gate": true}]}
  }})";

}  // namespace

TEST_CASE("dry worker: a job succeeds in the turn that claims it, and nothing is spawned") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Find(daemon.Submit("work").id);
  CHECK(job.state == JobState::kSucceeded);
  CHECK(job.progress == "dry run: nothing was executed");
  CHECK(daemon.spawner.spawned.empty());
  const auto attempts = daemon.Attempts(job.id);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].outcome == "succeeded");
  CHECK(attempts[0].incarnation == kDryRun);
  CHECK(daemon.EventsOf(job.id, 3) ==
        std::vector<std::string>{"job:submitted", "job:started", "job:succeeded"});
}

TEST_CASE("dry worker: every step is rehearsed, and a gate still takes its approval") {
  TestDaemon daemon(kConfig);
  CHECK(daemon.Attempts(daemon.Submit("chain").id).size() == 2);
  const Job gated = daemon.Find(daemon.Submit("gated").id);
  CHECK(gated.state == JobState::kWaitingApproval);
  daemon.Done(ApproveJob{gated.id, "", "cli", gated.gate->digest});
  const Job done = daemon.Find(gated.id);
  CHECK(done.state == JobState::kSucceeded);
  CHECK(done.gate->used_by_attempt == 2);
  CHECK(daemon.spawner.spawned.empty());
}

TEST_CASE("dry worker: a turn rehearses no more jobs than there are slots, and goes on at once") {
  TestDaemon daemon(kConfig);
  daemon.Ask(StopWorker{});
  for (int i = 0; i < 7; ++i) daemon.Submit("work");
  daemon.Ask(StartWorker{});
  const auto succeeded = [&] { return daemon.store().Totals()->Of(JobState::kSucceeded); };
  CHECK(succeeded() == 2);
  CHECK(daemon.until == Duration::zero());
  for (int i = 0; i < 3; ++i) daemon.Wait(Duration::zero());
  CHECK(succeeded() == 7);
  daemon.Wait(Duration::zero());
  CHECK(daemon.until == std::nullopt);
}

TEST_CASE("dry worker: what really runs when it turns dry ends as it ends") {
  std::string real = kConfig;
  real.replace(real.find("true"), 4, "false");
  TestDaemon daemon(real);
  const Job job = daemon.Submit("chain");
  daemon.Start(kConfig);
  daemon.Report(Connected("incarnation-1", {{job.id, 1}}));
  CHECK(daemon.Find(job.id).state == JobState::kRunning);
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).state == JobState::kSucceeded);
  CHECK(daemon.Attempts(job.id).at(0).incarnation == "incarnation-1");
  CHECK(daemon.Attempts(job.id).at(1).incarnation == kDryRun);
}

TEST_CASE("dry worker: no command of a turn finds a step running that its reports began dry") {
  std::string real = kConfig;
  real.replace(real.find("true"), 4, "false");
  TestDaemon daemon(real);
  const Job job = daemon.Submit("chain");
  daemon.Start(kConfig);
  daemon.Report(Connected("incarnation-1", {{job.id, 1}}));
  ExitRecord record;
  record.id = {job.id, 1};
  record.status = Exited{0};
  std::optional<Result<Reply>> canceled;
  std::vector<Envelope> commands;
  commands.push_back({CancelJob{job.id, ""}, "os:root",
                      [&](Result<Reply> reply) { canceled = std::move(reply); }});
  daemon.engine().RunTurn(std::move(commands), {record});
  REQUIRE(canceled);
  REQUIRE(!*canceled);
  CHECK(canceled->error().code == Code::kConflict);
  CHECK(daemon.Find(job.id).state == JobState::kSucceeded);
}

TEST_CASE("dry worker: its runs neither close a breaker nor begin its count anew") {
  const auto config = [](bool dry) {
    return R"({"worker": {"maxAttempts": 1, "dryRun": )" + std::string(dry ? "true" : "false") +
           R"(}, "breaker": {"failureThreshold": 3, "openMs": 60000},
      "entrypoints": {"work": {"run": ["work"], "dedupe": "none"}}})";
  };
  TestDaemon daemon(config(false));
  const auto snapshot = [&] { return std::get<EngineSnapshot>(*daemon.Ask(TakeSnapshot{})); };
  const auto state = [&] { return snapshot().breakers.at("work").state; };
  const auto fail = [&] { daemon.Exit(daemon.Submit("work"), Exited{1}); };
  fail();
  fail();
  daemon.Start(config(true));
  CHECK(daemon.Find(daemon.Submit("work").id).state == JobState::kSucceeded);
  daemon.Start(config(false));
  fail();
  CHECK(state() == BreakerState::kOpen);

  daemon.Start(config(true));
  std::vector<Job> dry;
  for (int i = 0; i < 3; ++i) dry.push_back(daemon.Submit("work"));
  CHECK(daemon.Find(dry[0].id).state == JobState::kQueued);
  daemon.Wait(std::chrono::minutes(1));
  for (int i = 0; i < 3; ++i) daemon.Wait(Duration::zero());
  for (const Job& job : dry) CHECK(daemon.Find(job.id).state == JobState::kSucceeded);
  CHECK(state() == BreakerState::kHalfOpen);

  daemon.Start(config(false));
  fail();
  CHECK(state() == BreakerState::kOpen);
}

TEST_CASE("dry worker: its runs are no part of the success rate, also after a restart") {
  std::string real = kConfig;
  real.replace(real.find("true"), 4, "false");
  TestDaemon daemon(real);
  const auto rate = [&] {
    const auto snapshot = std::get<EngineSnapshot>(*daemon.Ask(TakeSnapshot{}));
    return std::pair(snapshot.recent_successes, snapshot.recent_attempts);
  };
  daemon.Exit(daemon.Submit("work"), Exited{1});
  daemon.Start(kConfig);
  for (int i = 0; i < 5; ++i) daemon.Submit("work");
  CHECK(rate() == std::pair(0, 1));
  daemon.Start(real);
  CHECK(rate() == std::pair(0, 1));
}

}  // namespace jobgate
