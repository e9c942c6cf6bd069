// The breaker of an entrypoint: what opens it, what waits, what closes it.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kConfig = R"({
  "queue": {"maxConcurrent": 4, "expressSlots": 0},
  "worker": {"maxAttempts": 1},
  "breaker": {"failureThreshold": 3, "openMs": 60000},
  "entrypoints": {
    "many":  {"run": ["true"], "dedupe": "none"},
    "other": {"run": ["true"], "dedupe": "none"},
    "tries": {"run": ["true"], "dedupe": "none", "maxAttempts": 2, "retryDelayMs": 0},
    "asks":  {"run": ["true"], "dedupe": "none", "idempotent": true}}})";

constexpr Duration kOpen = std::chrono::minutes(1);

std::string StateOf(TestDaemon& daemon, const std::string& entrypoint) {
  const auto snapshot = std::get<EngineSnapshot>(daemon.Ask(TakeSnapshot{}).value());
  const auto found = snapshot.breakers.find(entrypoint);
  return std::string(
      NameOf(found == snapshot.breakers.end() ? BreakerState::kClosed : found->second.state));
}

void FailTimes(TestDaemon& daemon, const std::string& entrypoint, int count) {
  for (int i = 0; i < count; ++i) daemon.Exit(daemon.Submit(entrypoint), Exited{1});
}

JobState StateOf(TestDaemon& daemon, const Job& job) {
  return daemon.Find(job.id).state;
}

std::vector<std::string> BreakerEvents(TestDaemon& daemon) {
  std::vector<std::string> types;
  const auto events = daemon.store().Events({0, std::nullopt, 500});
  for (const Event& event : *events)
    if (event.type.starts_with("breaker:")) types.push_back(event.type);
  return types;
}

}  // namespace

TEST_CASE("breaker: it opens after so many failures in a row; its jobs wait and do not fail") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 2);
  CHECK(StateOf(daemon, "many") == "closed");
  FailTimes(daemon, "many", 1);
  CHECK(StateOf(daemon, "many") == "open");
  const Job waiting = daemon.Submit("many");
  CHECK(StateOf(daemon, waiting) == JobState::kQueued);
  CHECK(StateOf(daemon, daemon.Submit("other")) == JobState::kRunning);
  daemon.Wait(kOpen - Duration(1));
  CHECK(StateOf(daemon, waiting) == JobState::kQueued);
  CHECK(BreakerEvents(daemon) == std::vector<std::string>{"breaker:opened"});
}

TEST_CASE("breaker: a success in between begins the count anew; cancels count nothing") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 2);
  daemon.Exit(daemon.Submit("many"), Exited{0});
  FailTimes(daemon, "many", 2);
  const Job canceled = daemon.Submit("many");
  daemon.Done(CancelJob{canceled.id, "no"});
  daemon.Exit(canceled, Signaled{15});
  CHECK(StateOf(daemon, "many") == "closed");
  daemon.Exit(daemon.Submit("many"), TimedOut{15});
  CHECK(StateOf(daemon, "many") == "open");
}

TEST_CASE("breaker: tries of one job count like those of several") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("tries");
  daemon.Exit(job, Exited{1});
  daemon.Exit(job, Exited{1});
  const Job next = daemon.Submit("tries");
  daemon.Exit(next, Exited{1});
  CHECK(StateOf(daemon, "tries") == "open");
  daemon.Wait(std::chrono::seconds(30));
  CHECK(StateOf(daemon, next) == JobState::kQueued);  // its second try waits
}

TEST_CASE("breaker: half open it starts one job, whose success closes it") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 3);
  const Job first = daemon.Submit("many");
  const Job second = daemon.Submit("many");
  CHECK(daemon.until == kOpen);
  daemon.Wait(kOpen);
  CHECK(StateOf(daemon, "many") == "half-open");
  CHECK(StateOf(daemon, first) == JobState::kRunning);
  CHECK(StateOf(daemon, second) == JobState::kQueued);
  daemon.Exit(first, Exited{0});
  CHECK(StateOf(daemon, "many") == "closed");
  CHECK(StateOf(daemon, second) == JobState::kRunning);
  CHECK(BreakerEvents(daemon) ==
        std::vector<std::string>{"breaker:opened", "breaker:half_open", "breaker:closed"});
}

TEST_CASE("breaker: a probe that fails opens it again for as long") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 3);
  const Job first = daemon.Submit("many");
  daemon.Wait(kOpen);
  daemon.Exit(first, Exited{1});
  CHECK(StateOf(daemon, "many") == "open");
  const Job second = daemon.Submit("many");
  daemon.Wait(kOpen - Duration(1));
  CHECK(StateOf(daemon, second) == JobState::kQueued);
  daemon.Wait(Duration(1));
  CHECK(StateOf(daemon, second) == JobState::kRunning);
}

TEST_CASE("breaker: a probe that ends in any other way frees its place") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "asks", 3);
  const Job canceled = daemon.Submit("asks");
  const Job asking = daemon.Submit("asks");
  SubmitJob patient = Submission("asks");
  patient.attempts_max = 3;
  const Job lost = daemon.Done(patient);
  const Job last = daemon.Submit("asks");
  daemon.Wait(kOpen);
  daemon.Done(CancelJob{canceled.id, "no"});
  CHECK(StateOf(daemon, asking) == JobState::kQueued);
  daemon.Exit(canceled, Signaled{15});
  CHECK(StateOf(daemon, asking) == JobState::kRunning);
  daemon.Exit(asking, Exited{0}, R"({"needsApproval": {"reason": "look"}})");
  CHECK(StateOf(daemon, lost) == JobState::kRunning);
  daemon.Report(Connected("incarnation-2"));
  daemon.Report(LeftoversKilled{{{lost.id, 1}}});
  CHECK(StateOf(daemon, "asks") == "half-open");
  CHECK(StateOf(daemon, lost) == JobState::kRunning);  // again, as the probe
  CHECK(StateOf(daemon, last) == JobState::kQueued);
}

TEST_CASE("breaker: what was under way when it opened changes nothing any more") {
  TestDaemon daemon(kConfig);
  std::vector<Job> jobs;
  for (int i = 0; i < 4; ++i) jobs.push_back(daemon.Submit("many"));
  for (int i = 0; i < 3; ++i) daemon.Exit(jobs[static_cast<size_t>(i)], Exited{1});
  daemon.Wait(std::chrono::seconds(30));
  daemon.Exit(jobs[3], Exited{0});
  CHECK(StateOf(daemon, "many") == "open");
  daemon.Wait(std::chrono::seconds(30));
  CHECK(StateOf(daemon, "many") == "half-open");
}

TEST_CASE("breaker: its state survives a restart") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 2);
  daemon.Start(kConfig);
  FailTimes(daemon, "many", 1);
  const Job waiting = daemon.Submit("many");
  daemon.Start(kConfig);
  CHECK(StateOf(daemon, "many") == "open");
  CHECK(StateOf(daemon, waiting) == JobState::kQueued);
  daemon.Wait(kOpen);
  CHECK(StateOf(daemon, waiting) == JobState::kRunning);
  daemon.Start(kConfig);
  daemon.Report(Connected("incarnation-1", {{waiting.id, 1}}));
  CHECK(StateOf(daemon, daemon.Submit("many")) == JobState::kQueued);  // the probe's place is taken
}

TEST_CASE("breaker: an operator closes it; one that is closed is left as it is") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 3);
  const Job waiting = daemon.Submit("many");
  REQUIRE(daemon.Ask(ResetBreaker{"many"}));
  CHECK(StateOf(daemon, waiting) == JobState::kRunning);
  REQUIRE(daemon.Ask(ResetBreaker{"other"}));
  CHECK(BreakerEvents(daemon) == std::vector<std::string>{"breaker:opened", "breaker:reset"});
  CHECK(daemon.Refused(ResetBreaker{"nosuch"}) == Code::kNotFound);
}

TEST_CASE("breaker: switched off it holds nothing and counts nothing") {
  TestDaemon daemon(kConfig);
  FailTimes(daemon, "many", 3);
  std::string off = kConfig;
  off.replace(off.find(R"("breaker": {)"), 12, R"("breaker": {"enabled": false, )");
  const Job waiting = daemon.Submit("many");
  daemon.Start(off);
  CHECK(StateOf(daemon, waiting) == JobState::kRunning);
  FailTimes(daemon, "other", 5);
  daemon.Start(kConfig);
  CHECK(StateOf(daemon, "other") == "closed");
}

}  // namespace jobgate
