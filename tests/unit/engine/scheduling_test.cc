// Who gets a slot: express slots, limits of entrypoints, who is next, overdue jobs.
#include <algorithm>
#include <deque>

#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 2, "expressSlots": 1},
  "entrypoints": {
    "many":   {"run": ["true"], "dedupe": "none"},
    "single": {"run": ["true"], "dedupe": "none", "maxConcurrent": 1, "maxQueued": 2},
    "steps":  {"steps": [{"name": "a", "run": ["true"]}, {"name": "b", "run": ["true"]}],
               "dedupe": "none", "maxConcurrent": 1},
    "held":   {"steps": [{"name": "go", "run": ["true"], "gate": true}], "dedupe": "none",
               "maxQueued": 1}}})";

Job Submit(TestDaemon& daemon, const std::string& entrypoint, Priority priority) {
  SubmitJob command = Submission(entrypoint);
  command.priority = priority;
  return daemon.Done(std::move(command));
}

bool Runs(TestDaemon& daemon, const Job& job) {
  return daemon.Find(job.id).state == JobState::kRunning;
}

}  // namespace

TEST_CASE("express: urgent jobs start at once while all slots are taken by others") {
  TestDaemon daemon(kConfig);
  for (int i = 0; i < 5; ++i) daemon.Submit("many");
  const Job urgent = Submit(daemon, "many", Priority::kHigh);
  CHECK(Runs(daemon, urgent));
  CHECK(!Runs(daemon, Submit(daemon, "many", Priority::kCritical)));
  CHECK(daemon.store().Counts(kSampleTime)->Of(JobState::kRunning) == 3);
}

TEST_CASE("express: others start only while fewer than maxConcurrent run, whoever runs") {
  TestDaemon daemon(kConfig);
  std::vector<Job> urgent;
  for (int i = 0; i < 3; ++i) urgent.push_back(Submit(daemon, "many", Priority::kHigh));
  const Job normal = daemon.Submit("many");
  daemon.Exit(urgent[0], Exited{0});
  CHECK(!Runs(daemon, normal));
  daemon.Exit(urgent[1], Exited{0});
  CHECK(Runs(daemon, normal));
}

TEST_CASE("entrypoint limit: its further jobs wait and hold up no other") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Submit("single");
  const Job second = Submit(daemon, "single", Priority::kNormal);
  const Job other = Submit(daemon, "many", Priority::kBackground);
  CHECK(Runs(daemon, first));
  CHECK(!Runs(daemon, second));
  CHECK(Runs(daemon, other));
  daemon.Exit(first, Exited{0});
  CHECK(Runs(daemon, second));
}

TEST_CASE("entrypoint limit: it holds where several of it could start at once") {
  TestDaemon daemon(kConfig);
  const Job a = daemon.Submit("many");
  const Job b = daemon.Submit("many");
  const Job single1 = daemon.Submit("single");
  const Job single2 = daemon.Submit("single");
  const Job low = Submit(daemon, "many", Priority::kLow);
  std::vector<SupervisorReport> both;
  for (const Job& job : {a, b}) {
    ExitRecord record;
    record.id = {job.id, 1};
    record.status = Exited{0};
    both.emplace_back(record);
  }
  daemon.engine().RunTurn({}, both);
  CHECK(Runs(daemon, single1));
  CHECK(!Runs(daemon, single2));
  CHECK(Runs(daemon, low));
}

TEST_CASE("entrypoint limit: many of one that is at its limit hide no urgent job behind them") {
  TestDaemon daemon(R"({"queue": {"maxConcurrent": 3, "expressSlots": 0}, "entrypoints": {
    "many":   {"run": ["true"], "dedupe": "none"},
    "single": {"run": ["true"], "dedupe": "none", "maxConcurrent": 1}}})");
  REQUIRE(daemon.Ask(StopWorker{}));
  for (int i = 0; i < 10; ++i) daemon.Submit("single");
  const Job behind = daemon.Submit("many");
  const Job low = Submit(daemon, "many", Priority::kLow);
  const Job lower = Submit(daemon, "many", Priority::kBackground);
  REQUIRE(daemon.Ask(StartWorker{}));
  CHECK(Runs(daemon, behind));
  CHECK(Runs(daemon, low));
  CHECK(!Runs(daemon, lower));
}

TEST_CASE("entrypoint limit: the next step of a job keeps the place it has") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("steps");
  const Job waiting = daemon.Submit("steps");
  daemon.Exit(job, Exited{0});
  CHECK(Runs(daemon, job));
  CHECK(!Runs(daemon, waiting));
  daemon.Exit(job, Exited{0});
  CHECK(Runs(daemon, waiting));
}

TEST_CASE("entrypoint limit: its share of the queue is bounded, for retries too") {
  TestDaemon daemon(kConfig);
  const Job first = daemon.Submit("single");
  daemon.Submit("single");
  const Job last = daemon.Submit("single");
  SubmitJob urgent = Submission("single");
  urgent.priority = Priority::kCritical;
  CHECK(daemon.Refused(urgent) == Code::kQueueFull);
  CHECK(daemon.Refused(Submission("single")) == Code::kQueueFull);
  daemon.Submit("many");
  daemon.Exit(first, Exited{0});
  daemon.Submit("single");
  CHECK(daemon.Refused(RetryJob{first.id}) == Code::kQueueFull);
  daemon.Done(CancelJob{last.id, ""});
  CHECK(daemon.Done(RetryJob{first.id}).parent_id == first.id);
}

TEST_CASE("entrypoint limit: what was approved comes back past the share of its entrypoint") {
  TestDaemon daemon(kConfig);
  for (int i = 0; i < 3; ++i) daemon.Submit("many");
  std::vector<Job> held;
  for (int i = 0; i < 3; ++i) held.push_back(daemon.Submit("held"));
  for (const Job& job : held)
    CHECK(daemon.Done(ApproveJob{job.id, "", "cli", ""}).state == JobState::kQueued);
}

TEST_CASE("claims: the slot of a job that goes back to its gate is for the next of its priority") {
  TestDaemon daemon(R"({"queue": {"maxConcurrent": 1, "expressSlots": 0},
    "approval": {"defaultTtlHours": 1},
    "entrypoints": {
      "many": {"run": ["true"], "dedupe": "none"},
      "held": {"steps": [{"name": "go", "run": ["true"], "gate": true}], "dedupe": "none"}}})");
  REQUIRE(daemon.Ask(StopWorker{}));
  const Job held = daemon.Submit("held");
  daemon.Done(ApproveJob{held.id, "", "cli", ""});
  const Job next = daemon.Submit("many");
  const Job low = Submit(daemon, "many", Priority::kLow);
  daemon.clock.Advance(std::chrono::hours(2));
  REQUIRE(daemon.Ask(StartWorker{}));
  CHECK(daemon.Find(held.id).state == JobState::kWaitingApproval);
  CHECK(Runs(daemon, next));
  CHECK(!Runs(daemon, low));
}

TEST_CASE(
    "claims: many jobs that cannot start are given up over several turns, one after the other") {
  const std::string queue =
      R"({"queue": {"maxConcurrent": 1, "maxQueueSize": 1000}, "entrypoints": {)";
  const std::string many = R"("many": {"run": ["true"], "dedupe": "none"})";
  TestDaemon daemon(queue + many + R"(, "gone": {"run": ["true"], "dedupe": "none"}}})");
  REQUIRE(daemon.Ask(StopWorker{}));
  for (int i = 0; i < 100; ++i) daemon.Submit("gone");
  const Job behind = daemon.Submit("many");
  daemon.Start(queue + many + "}}");
  REQUIRE(daemon.Ask(StartWorker{}));
  const auto given_up = [&] {
    return daemon.store().Counts(kSampleTime)->Of(JobState::kDeadLettered);
  };
  CHECK(given_up() > 0);
  CHECK(given_up() <= 32);
  int turns = 1;
  for (; daemon.until == Duration::zero() && turns < 100; ++turns) {
    CHECK(!Runs(daemon, behind));
    const int64_t before = given_up();
    daemon.Wait(Duration::zero());
    CHECK(given_up() <= before + 32);
  }
  CHECK(turns == 4);
  CHECK(given_up() == 100);
  CHECK(Runs(daemon, behind));
}

TEST_CASE("ageing: background work that is overdue gets one start in ten") {
  TestDaemon daemon(R"({"queue": {"maxConcurrent": 1, "expressSlots": 0, "ageingMs": 60000},
    "entrypoints": {"many": {"run": ["true"], "dedupe": "none"}}})");
  Job running = daemon.Submit("many");
  const Job background = Submit(daemon, "many", Priority::kBackground);
  int starts = 0;
  for (; !Runs(daemon, background) && starts < 100; ++starts) {
    const Job next = Submit(daemon, "many", Priority::kCritical);
    daemon.clock.Advance(std::chrono::seconds(10));
    daemon.Exit(running, Exited{0});
    running = next;
  }
  // Five starts before it is overdue, nine that pass it, and its own.
  CHECK(starts == 15);
}

TEST_CASE("ageing: with the default slots a flood of urgent jobs leaves the overdue their tenth") {
  TestDaemon daemon(R"({"queue": {"maxQueueSize": 1000},
    "entrypoints": {"many": {"run": ["true"], "dedupe": "none"}}})");
  std::deque<Job> urgent;
  for (int i = 0; i < 4; ++i) urgent.push_back(Submit(daemon, "many", Priority::kHigh));
  const Job background = Submit(daemon, "many", Priority::kBackground);
  daemon.clock.Advance(std::chrono::seconds(1));
  const Job normal = Submit(daemon, "many", Priority::kNormal);
  daemon.clock.Advance(std::chrono::minutes(11));
  for (int i = 0; i < 40; ++i) urgent.push_back(Submit(daemon, "many", Priority::kHigh));
  const auto end_urgent_until = [&](const Job& runs) {
    while (!Runs(daemon, runs) && Runs(daemon, urgent.front())) {
      daemon.Exit(urgent.front(), Exited{0});
      urgent.pop_front();
      CHECK(daemon.store().Totals()->Of(JobState::kRunning) <= 4);
    }
  };
  const auto started = [&] {
    return 44 - std::count_if(urgent.begin(), urgent.end(), [&](const Job& job) {
             return daemon.Find(job.id).state == JobState::kQueued;
           });
  };
  end_urgent_until(background);
  CHECK(Runs(daemon, background));
  // Four had a slot already; nine passed it, and one that has the express slot again passes the
  // other.
  CHECK(started() == 4 + 9 + 1);
  end_urgent_until(normal);
  CHECK(Runs(daemon, normal));
  CHECK(started() == 4 + 9 + 9 + 1);
}

TEST_CASE("ageing: an express slot waits for no overdue job that others keep from its start") {
  TestDaemon daemon(R"({"queue": {"maxQueueSize": 1000},
    "entrypoints": {"many": {"run": ["true"], "dedupe": "none"}}})");
  std::vector<Job> others;
  for (int i = 0; i < 3; ++i) others.push_back(daemon.Submit("many"));
  const Job background = Submit(daemon, "many", Priority::kBackground);
  daemon.clock.Advance(std::chrono::minutes(11));
  Job urgent = Submit(daemon, "many", Priority::kHigh);
  for (int i = 0; i < 30; ++i) {
    const Job next = Submit(daemon, "many", Priority::kHigh);
    daemon.Exit(urgent, Exited{0});
    REQUIRE(Runs(daemon, next));
    urgent = next;
  }
  daemon.Exit(others[0], Exited{0});
  CHECK(!Runs(daemon, background));
  const Job next = Submit(daemon, "many", Priority::kCritical);
  daemon.Exit(urgent, Exited{0});
  CHECK(Runs(daemon, background));
  CHECK(Runs(daemon, next));
}

}  // namespace jobgate
