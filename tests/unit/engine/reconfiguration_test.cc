// Other settings while jobs run, and over a restart.
#include "src/config/load.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

std::string ConfigText(const std::string& queue, const std::string& entrypoints) {
  return R"({"worker": {"retryDelayMs": 0}, "queue": )" + queue + R"(, "entrypoints": )" +
         entrypoints + "}";
}

const std::string kTwoSteps =
    ConfigText(R"({"maxConcurrent": 1})",
               R"({"s": {"steps": [{"name": "a", "run": ["one"]}, {"name": "b", "run": ["two"]}],
              "dedupe": "none"}})");
const std::string kOtherSteps =
    ConfigText(R"({"maxConcurrent": 2})",
               R"({"s": {"steps": [{"name": "a", "run": ["uno"]}, {"name": "b", "run": ["due"]}],
              "dedupe": "none"}})");
const std::string kNothing = ConfigText(R"({"maxConcurrent": 1})", "{}");

AdoptSettings Adopting(TestDaemon& daemon, const std::string& text) {
  auto config = ParseConfig(text, "/srv/app/config/jobs.json", "jobs.json");
  REQUIRE(config);
  return {{*config, std::shared_ptr<const SecretSource>(std::shared_ptr<void>(), &daemon.secrets)},
          Json::object()};
}

void Reload(TestDaemon& daemon, const std::string& text) {
  REQUIRE(daemon.Ask(Adopting(daemon, text)));
  REQUIRE(daemon.until == Duration::zero());
  daemon.Wait(Duration::zero());
}

const std::string& LastProgram(const TestDaemon& daemon) {
  return daemon.spawner.spawned.back().argv.front();
}

}  // namespace

TEST_CASE("reconfiguration: the turn after it claims by the new settings") {
  TestDaemon daemon(kTwoSteps);
  daemon.Submit("s");
  const Job second = daemon.Submit("s");
  CHECK(daemon.Find(second.id).state == JobState::kQueued);
  Reload(daemon, kOtherSteps);
  CHECK(daemon.Find(second.id).state == JobState::kRunning);
  CHECK(LastProgram(daemon) == "uno");
  CHECK(daemon.Submit("s").config_revision != second.config_revision);
}

TEST_CASE("reconfiguration: a running job goes on by the declaration it was started by") {
  TestDaemon daemon(kTwoSteps);
  const Job job = daemon.Submit("s");
  Reload(daemon, kOtherSteps);
  daemon.Exit(job, Exited{0});
  CHECK(LastProgram(daemon) == "two");
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).state == JobState::kSucceeded);
}

TEST_CASE("reconfiguration: the next try follows the settings of its own start") {
  TestDaemon daemon(kTwoSteps);
  const Job job = daemon.Submit("s");
  Reload(daemon, kOtherSteps);
  daemon.Exit(job, Exited{1});
  daemon.Wait(std::chrono::seconds(1));
  CHECK(LastProgram(daemon) == "uno");
  CHECK(!daemon.Find(job.id).spec);
}

TEST_CASE(
    "reconfiguration: a running job of a removed entrypoint succeeds, a queued one does not") {
  TestDaemon daemon(kTwoSteps);
  const Job runs = daemon.Submit("s");
  const Job waits = daemon.Submit("s");
  Reload(daemon, kNothing);
  daemon.Exit(runs, Exited{0});
  daemon.Exit(runs, Exited{0});
  CHECK(daemon.Find(runs.id).state == JobState::kSucceeded);
  CHECK(daemon.Find(waits.id).state == JobState::kDeadLettered);
  CHECK(daemon.Find(waits.id).dlq_reason->find("no longer declared") != std::string::npos);
}

TEST_CASE("reconfiguration: an edit while no daemon runs is the same case") {
  TestDaemon daemon(kTwoSteps);
  const Job job = daemon.Submit("s");
  daemon.Start(kOtherSteps);
  daemon.Report(Connected("incarnation-1", {{job.id, 1}}));
  daemon.Exit(job, Exited{0});
  CHECK(LastProgram(daemon) == "two");
}

TEST_CASE("reconfiguration: settings of a turn that failed are not in use") {
  TestDaemon daemon(kTwoSteps);
  daemon.Submit("s");
  const Job second = daemon.Submit("s");
  auto adopting = Adopting(daemon, kOtherSteps);
  adopting.told = Json::array();  // no object: the store refuses the event
  CHECK(!daemon.Ask(std::move(adopting)));
  daemon.Wait(Duration::zero());
  CHECK(daemon.Find(second.id).state == JobState::kQueued);
}

}  // namespace jobgate
