#include "tests/simulation/approval/settings.h"

namespace jobgate::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

JobType Gated(std::vector<std::string> run, GateRule gate) {
  JobType type;
  type.steps = {{"apply", std::move(run), std::move(gate)}};
  return type;
}

std::map<std::string, JobType> Types() {
  std::map<std::string, JobType> types;
  types["one"] = Gated({"work", "one", "{what}"}, {1, {}, false, hours(6)});
  types["two"] = Gated({"work", "two", "{what}"}, {2, {}, false, hours(6)});
  types["own"] = Gated({"work", "own", "{what}"}, {1, {}, true, hours(2)});
  types["listed"] = Gated(
      {"work", "listed", "{what}"},
      {1, {"alice", "BOB", "github:paula", "quinn", "deployer[bot]", "erin"}, false, hours(6)});
  JobType& tries = types["tries"] = Gated({"flaky", "{what}"}, {2, {}, false, hours(6)});
  tries.attempts_max = 4;
  tries.retry_delay = seconds(10);
  JobType& steps = types["steps"];
  steps.steps = {{"plan", {"work", "plan", "{what}"}, std::nullopt},
                 {"apply", {"flaky", "apply", "{what}"}, GateRule{1, {}, false, hours(6)}},
                 {"announce", {"work", "announce", "{what}"}, std::nullopt}};
  JobType& asks = types["asks"];
  asks.steps = {{"run", {"asks", "{what}"}, std::nullopt}};
  return types;
}

void Edit(Dice& dice, std::map<std::string, JobType>& types) {
  if (dice.OneIn(3)) types["one"].steps[0].run.emplace_back("--fast");
  if (dice.OneIn(3)) types["two"].steps[0].gate->approvals_min = 1;
  if (dice.OneIn(3)) types["listed"].steps[0].gate->approvers = {"carol", "paula", "some-app[bot]"};
  if (dice.OneIn(3)) types["tries"].env = {{"STAGE", "test"}};
  if (dice.OneIn(4)) types["steps"].steps[1].gate->self_approval = true;
}

}  // namespace

SettingsPtr DrawGitHubSettings(Dice& dice, int serial) {
  auto settings = std::make_shared<Settings>();
  settings->serial = serial;
  settings->types = Types();
  if (serial > 0) Edit(dice, settings->types);
  settings->asked_gate = {static_cast<int>(dice.Between(1, 2)), {}, false, hours(3)};
  settings->concurrent_max = 3;
  settings->queued_max = 100;
  settings->waiting_max = 50;
  settings->breaker = false;
  GitHubRule& github = settings->github.emplace();
  if (dice.OneIn(4)) github.approve_labels.emplace_back("Plan-Approved");
  if (dice.OneIn(4)) github.permission = dice.OneIn(2) ? "maintain" : "admin";
  github.allow_local = dice.OneIn(3);
  github.observation_age_max = dice.Pick(std::vector<Duration>{seconds(20), minutes(1)});
  github.requesters = {{"os:deploy", "carol"}};
  return settings;
}

}  // namespace jobgate::sim
