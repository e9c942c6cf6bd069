// A gate with planCheck: the step before runs once more before each try, and what it leaves has to
// be what was approved.
#include "src/base/digest.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string CheckedConfig(const std::string& more = "", const std::string& worker = "") {
  return R"({"worker": {"retryDelayMs": 1000, "retryJitter": 0)" + worker + R"(},
             "approval": {"defaultTtlHours": 2},
             "breaker": {"enabled": false},
             "entrypoints": {
    "deploy": {"steps": [{"name": "plan", "run": ["plan", "it"]},
                         {"name": "apply", "run": ["apply", "it"], "gate": {"planCheck": true}}],
               "permanentExitCodes": [64], "maxAttempts": 2)" +
         more + R"(}}})";
}

ApproveJob Approve(const Job& job) {
  return {job.id, "", "cli", job.gate->digest};
}

// The daemon with a job of `deploy` whose plan has printed `kPlan` and left `kResult`.
constexpr const char* kPlan = "create a\ndelete b\n";
constexpr const char* kResult = R"({"changes":2})";

class Deploy {
 public:
  explicit Deploy(const std::string& config = CheckedConfig()) : daemon(config) {
    job = daemon.Submit("deploy");
    Ran(kPlan, kResult);
    job = Now();
    REQUIRE(job.state == JobState::kWaitingApproval);
  }

  Job Now() { return daemon.Find(job.id); }
  // The attempt that runs ends with exit 0.
  void Ran(const std::string& printed, std::optional<std::string> result = std::nullopt,
           std::optional<std::string> request = std::nullopt) {
    daemon.files.files["/srv/app/data/runs/" + job.id + "/" + std::to_string(Now().attempts) +
                       "/stdout.log"] = printed;
    daemon.Report(Record(printed, std::move(result), std::move(request)));
  }
  ExitRecord Record(const std::string& printed, std::optional<std::string> result,
                    std::optional<std::string> request = std::nullopt) {
    ExitRecord record;
    record.id = {job.id, Now().attempts};
    record.status = Exited{0};
    record.stdout_sha256 = Sha256Hex(printed);
    record.result = std::move(result);
    record.request = std::move(request);
    return record;
  }
  void Approved() { daemon.Done(Approve(Now()), "os:alice"); }
  const SpawnRequest& LastSpawn() const { return daemon.spawner.spawned.back(); }
  Json LastPayload(const std::string& type) {
    const auto events = daemon.store().Events({0, job.id, 500});
    Json payload;
    for (const Event& event : *events)
      if (event.type == type) payload = Json::parse(event.payload);
    return payload;
  }
  size_t Applies() const {
    size_t count = 0;
    for (const SpawnRequest& request : daemon.spawner.spawned) count += request.argv[0] == "apply";
    return count;
  }

  TestDaemon daemon;
  Job job;
};

}  // namespace

TEST_CASE("gates: what the step before printed is pinned in the request, and part of its digest") {
  Deploy one;
  CHECK(one.job.gate->output == StepOutput{1, Sha256Hex(kPlan), Sha256Hex(kResult)});
  TestDaemon other(CheckedConfig());
  const Job job = other.Submit("deploy");
  other.Exit(job, Exited{0});
  CHECK_FALSE(other.Find(job.id).gate->output);
}

TEST_CASE("plan check: the step before runs once more, then what was approved") {
  Deploy deploy;
  deploy.Approved();
  CHECK(deploy.Applies() == 0);
  CHECK(deploy.LastSpawn().argv == std::vector<std::string>{"plan", "it"});
  CHECK(deploy.LastSpawn().env.at("JOBGATE_PLAN_CHECK") == "1");
  CHECK(deploy.LastSpawn().env.at("JOBGATE_STEP") == "plan");
  CHECK_FALSE(deploy.LastSpawn().env.contains("JOBGATE_APPROVED_BY"));
  const Job checking = deploy.Now();
  CHECK(checking.state == JobState::kRunning);
  CHECK(checking.step_name == "apply");
  CHECK(checking.gate->used_by_attempt == 0);
  CHECK(deploy.daemon.Attempts(checking.id).at(1).step_name == "plan");
  CHECK_FALSE(deploy.daemon.Attempts(checking.id).at(1).digest);

  deploy.Ran(kPlan, kResult);
  CHECK(deploy.daemon.EventsOf(checking.id, 2) ==
        std::vector<std::string>{"job:plan_checked", "job:started"});
  CHECK(deploy.LastSpawn().argv == std::vector<std::string>{"apply", "it"});
  CHECK(deploy.LastSpawn().env.at("JOBGATE_APPROVED_BY") == "os:alice");
  CHECK_FALSE(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  CHECK(deploy.Now().tries == 1);
  CHECK(deploy.Now().gate->used_by_attempt == 3);
  CHECK(deploy.daemon.Attempts(checking.id).at(2).digest == checking.gate->digest);
  deploy.Ran("done\n");
  CHECK(deploy.Now().state == JobState::kSucceeded);
}

TEST_CASE("plan check: another output waits again, says what differs, and runs nothing") {
  Deploy deploy;
  deploy.Approved();
  deploy.Ran("create a\ndelete everything\n", R"({"changes":3})");
  const Job back = deploy.Now();
  CHECK(back.state == JobState::kWaitingApproval);
  CHECK(back.gate->approvals.empty());
  CHECK(back.gate->digest != deploy.job.gate->digest);
  CHECK(back.gate->output->stdout_sha256 == Sha256Hex("create a\ndelete everything\n"));
  CHECK(back.gate->output->attempt == 2);
  CHECK(back.result == R"({"changes":3})");
  CHECK(back.tries == 0);
  CHECK(deploy.Applies() == 0);
  const Json differences = deploy.LastPayload("job:drifted").at("differences");
  REQUIRE(differences.size() == 3);
  CHECK(differences[0].get<std::string>().starts_with("output of plan: "));
  CHECK(differences[1] == R"(line 2 of it: "delete b" → "delete everything")");
  CHECK(differences[2].get<std::string>().starts_with("result of plan: "));
  CHECK(deploy.daemon.Refused(Approve(deploy.job)) == Code::kConflict);

  deploy.Approved();
  deploy.Ran("create a\ndelete everything\n", R"({"changes":3})");
  CHECK(deploy.Applies() == 1);
}

TEST_CASE("plan check: a result that is missing, or another one, is another output") {
  for (const std::optional<std::string>& result :
       {std::optional<std::string>(), std::optional<std::string>(R"({"changes":1})"),
        std::optional<std::string>("no JSON")}) {
    Deploy deploy;
    deploy.Approved();
    deploy.Ran(kPlan, result);
    CHECK(deploy.Now().state == JobState::kWaitingApproval);
    CHECK(deploy.Now().result.value_or("") != kResult);
    CHECK(deploy.Applies() == 0);
  }
  Deploy same;
  same.Approved();
  same.Ran(kPlan, R"({ "changes" : 2 })");  // another text of the same JSON
  CHECK(same.Applies() == 1);
}

TEST_CASE("plan check: an output that nobody knows is never the approved one") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Exit(deploy.job, Exited{0});
  CHECK(deploy.Now().state == JobState::kWaitingApproval);
  deploy.Approved();
  deploy.daemon.Exit(deploy.job, Exited{0});
  CHECK(deploy.Now().state == JobState::kWaitingApproval);
  CHECK(deploy.Applies() == 0);
}

TEST_CASE("plan check: one that fails is a failed try, and made once more") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Exit(deploy.job, Exited{1});
  CHECK(deploy.Now().state == JobState::kQueued);
  CHECK(deploy.Now().tries == 1);
  CHECK(deploy.Now().last_error == "the check of step 'plan': exit code 1");
  deploy.daemon.Wait(seconds(1));
  CHECK(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  deploy.daemon.Exit(deploy.job, TimedOut{15});
  CHECK(deploy.Now().state == JobState::kDeadLettered);
  CHECK(deploy.Applies() == 0);
}

TEST_CASE("plan check: a permanent exit code, or a request of its own, fails it") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Exit(deploy.job, Exited{64});
  CHECK(deploy.Now().state == JobState::kDeadLettered);

  Deploy asking;
  asking.Approved();
  asking.Ran(kPlan, kResult, R"({"needsApproval": {"reason": "look"}})");
  CHECK(asking.Now().state == JobState::kQueued);
  CHECK(asking.Now().tries == 1);
  CHECK(asking.Applies() == 0);
}

TEST_CASE("plan check: each try of the gated step is checked, under the same approval") {
  Deploy deploy;
  deploy.Approved();
  deploy.Ran(kPlan, kResult);
  deploy.daemon.Exit(deploy.job, Exited{1});
  deploy.daemon.Wait(seconds(1));
  CHECK(deploy.LastSpawn().id.number == 4);
  CHECK(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Applies() == 2);
  CHECK(deploy.Now().tries == 2);
  deploy.Ran("done\n");
  CHECK(deploy.Now().state == JobState::kSucceeded);

  Deploy half;
  half.Approved();
  half.Ran(kPlan, kResult);
  half.daemon.Exit(half.job, Exited{1});
  half.daemon.Wait(seconds(1));
  half.Ran("create a\n", R"({"changes":1})");
  CHECK(half.Now().state == JobState::kWaitingApproval);
  CHECK(half.Applies() == 1);
}

TEST_CASE("plan check: an approval that expires meanwhile releases nothing") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.clock.Advance(hours(3));
  deploy.Ran(kPlan, kResult);
  const Job back = deploy.Now();
  CHECK(back.state == JobState::kWaitingApproval);
  CHECK(back.gate->approvals.empty());
  CHECK(back.gate->output == deploy.job.gate->output);
  CHECK(deploy.Applies() == 0);
}

TEST_CASE("plan check: what was edited meanwhile has drifted") {
  Deploy deploy;
  deploy.Approved();
  std::string edited = CheckedConfig();
  edited.replace(edited.find(R"("apply", "it")"), 13, R"("apply", "all")");
  deploy.daemon.Start(edited);
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Now().state == JobState::kWaitingApproval);
  CHECK(deploy.Applies() == 0);
}

TEST_CASE("plan check: one that passed long ago is made once more") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Ask(StopWorker{});
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Now().state == JobState::kQueued);
  CHECK(deploy.Now().tries == 0);
  deploy.daemon.Start(CheckedConfig());
  deploy.daemon.Wait(minutes(2));
  deploy.daemon.Ask(StartWorker{});
  CHECK(deploy.LastSpawn().id.number == 3);
  CHECK(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  deploy.daemon.Ask(StopWorker{});
  deploy.Ran(kPlan, kResult);
  deploy.daemon.Wait(seconds(30));
  deploy.daemon.Ask(StartWorker{});
  CHECK(deploy.Applies() == 1);
}

TEST_CASE("plan check: a cancel stops it, and holds whatever it finds") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Ask(CancelJob{deploy.job.id, "no"}, "os:alice");
  CHECK(deploy.daemon.spawner.stopped == std::vector<AttemptId>{{deploy.job.id, 2}});
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Now().state == JobState::kCanceled);
  CHECK(deploy.Applies() == 0);
}

TEST_CASE(
    "plan check: one that was never started is, by the next daemon, as the check that it is") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Start(CheckedConfig());
  REQUIRE(deploy.daemon.spawner.spawned.size() == 3);
  const SpawnRequest& again = deploy.LastSpawn();
  const SpawnRequest& first = deploy.daemon.spawner.spawned[1];
  CHECK(again.id == first.id);
  CHECK(again.argv == first.argv);
  CHECK(again.env == first.env);
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Applies() == 1);
}

TEST_CASE("plan check: a checked start that was never sent is, unless the check is old by then") {
  Deploy deploy;
  deploy.Approved();
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Applies() == 1);
  deploy.daemon.clock.Advance(seconds(30));
  deploy.daemon.Start(CheckedConfig());
  CHECK(deploy.Applies() == 2);
  CHECK(deploy.LastSpawn().id.number == 3);
  deploy.daemon.clock.Advance(minutes(1));
  deploy.daemon.Start(CheckedConfig());
  CHECK(deploy.Applies() == 2);
  CHECK(deploy.Now().state == JobState::kQueued);
  deploy.daemon.Wait(seconds(1));
  CHECK(deploy.LastSpawn().id.number == 4);
  CHECK(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
}

TEST_CASE("plan check: an end that was told while no daemon ran counts once") {
  Deploy deploy;
  deploy.Approved();
  const ExitRecord record = deploy.Record(kPlan, kResult);
  deploy.daemon.Report(record);
  deploy.daemon.Report(record);
  CHECK(deploy.Applies() == 1);
  CHECK(deploy.Now().attempts == 3);
}

TEST_CASE("plan check: one whose outcome nobody knows asks anew, or is repeatable and repeated") {
  Deploy deploy;
  deploy.Approved();
  deploy.daemon.Start(CheckedConfig(), "incarnation-2");
  deploy.daemon.Report(LeftoversKilled{{{deploy.job.id, 2}}});
  CHECK(deploy.Now().state == JobState::kInterrupted);
  deploy.daemon.Done(ResolveJob{deploy.job.id, Resolution::kRetry, ""});
  CHECK(deploy.Now().state == JobState::kWaitingApproval);
  CHECK(deploy.Now().gate->output == deploy.job.gate->output);
  CHECK(deploy.Applies() == 0);

  const std::string idempotent = CheckedConfig(R"(, "idempotent": true)");
  Deploy repeatable(idempotent);
  repeatable.Approved();
  repeatable.daemon.Start(idempotent, "incarnation-2");
  repeatable.daemon.Report(LeftoversKilled{{{repeatable.job.id, 2}}});
  CHECK(repeatable.LastSpawn().id.number == 3);
  CHECK(repeatable.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  repeatable.Ran(kPlan, kResult);
  CHECK(repeatable.Applies() == 1);
  // The gated step itself is no more repeatable for that.
  repeatable.daemon.Start(idempotent, "incarnation-3");
  repeatable.daemon.Report(LeftoversKilled{{{repeatable.job.id, 4}}});
  CHECK(repeatable.Now().state != JobState::kRunning);
  CHECK(repeatable.Applies() == 1);
}

TEST_CASE("plan check: a dry worker makes none, and what it rehearsed is no approved output") {
  Deploy deploy;
  deploy.daemon.Start(CheckedConfig("", R"(, "dryRun": true)"));
  deploy.Approved();
  CHECK(deploy.Now().state == JobState::kSucceeded);
  CHECK(deploy.daemon.spawner.spawned.size() == 1);

  TestDaemon daemon(CheckedConfig("", R"(, "dryRun": true)"));
  const Job job = daemon.Submit("deploy");
  daemon.Start(CheckedConfig());
  daemon.Done(Approve(daemon.Find(job.id)));
  CHECK(daemon.spawner.spawned.at(0).argv[0] == "plan");
  ExitRecord record;
  record.id = {job.id, 2};
  record.status = Exited{0};
  record.stdout_sha256 = Sha256Hex(kPlan);
  daemon.Report(record);
  CHECK(daemon.Find(job.id).state == JobState::kWaitingApproval);
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("plan check: a request of the job itself is about its own output") {
  Deploy deploy;
  deploy.Approved();
  deploy.Ran(kPlan, kResult);
  deploy.Ran("half of it\n", std::nullopt, R"({"needsApproval": {"reason": "go on?"}})");
  const Job asked = deploy.Now();
  CHECK(asked.gate->output == StepOutput{3, Sha256Hex("half of it\n"), ""});
  deploy.Approved();
  CHECK(deploy.LastSpawn().argv[0] == "apply");
  CHECK(deploy.Applies() == 2);
}

TEST_CASE("plan check: a replay is planned, approved and checked for itself") {
  Deploy deploy;
  deploy.Approved();
  deploy.Ran(kPlan, kResult);
  deploy.Ran("done\n");
  const Job replay = deploy.daemon.Done(ReplayJob{deploy.job.id, false});
  deploy.job = replay;
  deploy.Ran(kPlan, kResult);
  deploy.Approved();
  CHECK(deploy.LastSpawn().env.contains("JOBGATE_PLAN_CHECK"));
  CHECK(deploy.LastSpawn().env.at("JOBGATE_REPLAY") == "1");
  deploy.Ran(kPlan, kResult);
  CHECK(deploy.Applies() == 2);
}

}  // namespace jobgate
