// Gated steps through whole turns: approval, expiry, drift, interruption.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string HeldConfig(const std::string& argument = "v1", const std::string& gate = "true") {
  return R"({"worker": {"retryDelayMs": 1000, "retryJitter": 0},
             "approval": {"defaultTtlHours": 2, "expiryWarningHours": 1},
             "entrypoints": {
    "held": {"steps": [{"name": "go", "run": ["apply", ")" +
         argument + R"("], "gate": )" + gate + R"(}], "idempotent": true},
    "two": {"steps": [{"name": "a", "run": ["a"], "gate": {"defaultTtlHours": 1}},
                      {"name": "b", "run": ["b"], "gate": {"defaultTtlHours": 6}}]},
    "asks": {"run": ["asks"]}}})";
}

ApproveJob Approve(const Job& job, const std::string& digest = "") {
  return {job.id, "", "cli", digest};
}

}  // namespace

TEST_CASE("gates: nothing is spawned before the approval, and then what was approved") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  CHECK(job.state == JobState::kWaitingApproval);
  CHECK(daemon.spawner.spawned.empty());
  daemon.Done(Approve(job, job.gate->digest.substr(0, 12)), "os:alice");
  REQUIRE(daemon.spawner.spawned.size() == 1);
  CHECK(daemon.spawner.spawned[0].argv == std::vector<std::string>{"apply", "v1"});
  CHECK(daemon.spawner.spawned[0].env.at("JOBGATE_APPROVED_BY") == "os:alice");
  CHECK(daemon.Attempts(job.id).at(0).digest == job.gate->digest);
}

TEST_CASE("gates: another digest, or too few digits of it, approves nothing") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  CHECK(daemon.Refused(Approve(job, std::string(64, '0'))) == Code::kConflict);
  CHECK(daemon.Refused(Approve(job, job.gate->digest.substr(0, 11))) == Code::kInvalidArgument);
  CHECK(daemon.Find(job.id).gate->approvals.empty());
}

TEST_CASE("gates: a refused approver is on record, and nothing else has changed") {
  TestDaemon daemon(HeldConfig("v1", R"({"approvers": ["alice"]})"));
  const Job job = daemon.Submit("held");
  CHECK(daemon.Refused(Approve(job), "os:bob") == Code::kForbidden);
  CHECK(daemon.Refused(ExtendApproval{job.id, hours(1)}, "os:bob") == Code::kForbidden);
  CHECK(daemon.LastEvent(job.id) == "job:approval_refused");
  Job now = daemon.Find(job.id);
  REQUIRE(now.gate->refusals.size() == 1);  // for one cause
  CHECK(now.gate->refusals[0].what == "approval");
  now.gate->refusals.clear();
  CHECK(now == job);
}

TEST_CASE("gates: a request warns before its time and fails at it, to the millisecond") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  CHECK(daemon.until == Duration(hours(1)));
  daemon.Wait(hours(1) - Duration(1));
  CHECK(daemon.LastEvent(job.id) == "job:waiting_approval");
  daemon.Wait(Duration(1));
  CHECK(daemon.LastEvent(job.id) == "job:expiring");
  CHECK(daemon.until == Duration(hours(1)));
  daemon.Wait(hours(1) - Duration(1));
  CHECK(daemon.Find(job.id).state == JobState::kWaitingApproval);
  daemon.Wait(Duration(1));
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
}

TEST_CASE("gates: an expired request is not extended, in the turn of its expiry either") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  daemon.clock.Advance(hours(2));
  CHECK(daemon.Refused(ExtendApproval{job.id, hours(5)}) == Code::kConflict);
  CHECK(daemon.Find(job.id).state == JobState::kFailed);
}

TEST_CASE("gates: each gate of a job has its own time to live") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("two");
  CHECK(job.approval_expires_at == kSampleTime + hours(1));
  daemon.Done(Approve(job));
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).approval_expires_at == kSampleTime + hours(6));
}

TEST_CASE("gates: an approval that is too old at the start goes back to its gate") {
  TestDaemon daemon(HeldConfig());
  daemon.Ask(StopWorker{});
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  CHECK(daemon.Find(job.id).state == JobState::kQueued);
  daemon.Wait(hours(2));
  daemon.Ask(StartWorker{});
  const Job back = daemon.Find(job.id);
  CHECK(back.state == JobState::kWaitingApproval);
  CHECK(back.gate->digest != job.gate->digest);
  CHECK(back.gate->approvals.empty());
  CHECK(daemon.spawner.spawned.empty());
}

TEST_CASE("gates: what has drifted waits again, and what runs then is what was shown then") {
  TestDaemon daemon(HeldConfig("v1"));
  daemon.Ask(StopWorker{});
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  daemon.Start(HeldConfig("v2"));
  daemon.Ask(StartWorker{});
  const Job back = daemon.Find(job.id);
  REQUIRE(back.state == JobState::kWaitingApproval);
  CHECK(daemon.EventsOf(job.id, 2) ==
        std::vector<std::string>{"job:drifted", "job:waiting_approval"});
  CHECK(daemon.Refused(Approve(job, job.gate->digest)) == Code::kConflict);
  daemon.Done(Approve(back, back.gate->digest));
  REQUIRE(daemon.spawner.spawned.size() == 1);
  CHECK(daemon.spawner.spawned[0].argv == std::vector<std::string>{"apply", "v2"});
}

TEST_CASE("gates: a script that was edited after its approval does not run under it") {
  TestDaemon daemon(HeldConfig("deploy.sh"));
  daemon.files.files["/srv/app/deploy.sh"] = "as it was shown";
  daemon.Ask(StopWorker{});
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  daemon.files.files["/srv/app/deploy.sh"] = "with another line";
  daemon.Ask(StartWorker{});
  CHECK(daemon.spawner.spawned.empty());
  const Job back = daemon.Find(job.id);
  REQUIRE(back.state == JobState::kWaitingApproval);
  const auto events = daemon.store().Events({0, job.id, 500});
  const std::string drifted = (*events)[events->size() - 2].payload;
  CHECK(drifted.find("files: ") != std::string::npos);
  daemon.Done(Approve(back, back.gate->digest));
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("gates: a script that was edited between two tries is shown again") {
  TestDaemon daemon(HeldConfig("deploy.sh"));
  daemon.files.files["/srv/app/deploy.sh"] = "as it was shown";
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  daemon.Exit(job, Exited{1});
  daemon.files.files["/srv/app/deploy.sh"] = "mended";
  daemon.Wait(std::chrono::seconds(1));
  CHECK(daemon.Find(job.id).state == JobState::kWaitingApproval);
  CHECK(daemon.spawner.spawned.size() == 1);
}

TEST_CASE("gates: thousands of requests expire although as many approved ones are older") {
  TestDaemon daemon(HeldConfig());
  daemon.Ask(StopWorker{});
  REQUIRE_OK(daemon.store().Begin());
  SampleJobs jobs;
  for (int i = 0; i < 1200; ++i) {
    Job approved = jobs.Waiting(Duration(1000));
    approved.state = JobState::kQueued;
    REQUIRE_OK(daemon.store().InsertJob(approved));
  }
  for (int i = 0; i < 1200; ++i) REQUIRE_OK(daemon.store().InsertJob(jobs.Waiting(Duration(2000))));
  REQUIRE_OK(daemon.store().Commit());
  daemon.clock.Advance(Duration(2000));
  daemon.Start(HeldConfig());
  CHECK(daemon.until == Duration(0));  // more than one turn's worth
  daemon.Wait(Duration(0));
  CHECK(daemon.store().Totals()->Of(JobState::kWaitingApproval) == 0);
  CHECK(!daemon.until);
}

TEST_CASE("gates: an expired request says how many approved it") {
  TestDaemon daemon(HeldConfig("v1", R"({"minApprovals": 2})"));
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job), "os:alice");
  daemon.Wait(hours(2));
  CHECK(daemon.Find(job.id).last_error.value_or("").starts_with("only 1 of 2 people approved"));
}

TEST_CASE("gates: a further try runs under the approval, and is not held to its age") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  daemon.clock.Advance(hours(3));
  daemon.Exit(job, Exited{1});
  CHECK(daemon.Find(job.id).state == JobState::kQueued);
  daemon.Wait(std::chrono::seconds(1));
  CHECK(daemon.Find(job.id).state == JobState::kRunning);
}

TEST_CASE("gates: an interrupted gated step never runs again by itself") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("held");
  daemon.Done(Approve(job));
  daemon.Start(HeldConfig(), "incarnation-2");
  CHECK(daemon.spawner.leftovers == std::vector<AttemptId>{{job.id, 1}});
  daemon.Report(LeftoversKilled{{{job.id, 1}}});
  CHECK(daemon.Find(job.id).state == JobState::kInterrupted);
  daemon.Done(ResolveJob{job.id, Resolution::kRetry, ""});
  const Job again = daemon.Find(job.id);
  CHECK(again.state == JobState::kWaitingApproval);
  CHECK(again.gate->approvals.empty());
  CHECK(again.gate->digest != job.gate->digest);
}

TEST_CASE(
    "gates: a start that never ran runs as it was started, whatever the settings say by then") {
  TestDaemon daemon(HeldConfig("v1", "false"));
  const Job job = daemon.Submit("held");
  REQUIRE(daemon.spawner.spawned.size() == 1);
  daemon.Start(HeldConfig("v2"));
  REQUIRE(daemon.spawner.spawned.size() == 2);
  CHECK(daemon.spawner.spawned[1].id == daemon.spawner.spawned[0].id);
  CHECK(daemon.spawner.spawned[1].argv == std::vector<std::string>{"apply", "v1"});
  daemon.Exit(job, Exited{1});
  daemon.Wait(std::chrono::seconds(1));
  CHECK(daemon.Find(job.id).state == JobState::kWaitingApproval);
  CHECK(daemon.spawner.spawned.size() == 2);
}

TEST_CASE("gates: a job may ask for approval itself, which is no try, and goes on once approved") {
  TestDaemon daemon(HeldConfig());
  const Job job = daemon.Submit("asks");
  daemon.Exit(job, Exited{0}, R"({"needsApproval": {"issue": 7, "reason": "look"}})");
  const Job waiting = daemon.Find(job.id);
  CHECK(waiting.state == JobState::kWaitingApproval);
  CHECK(waiting.tries == 0);
  CHECK(waiting.issue_id == 7);
  CHECK(waiting.gate->reason == "look");
  daemon.Done(Approve(waiting), "os:alice");
  CHECK(daemon.spawner.spawned.at(1).env.at("JOBGATE_APPROVED_BY") == "os:alice");
  daemon.Exit(job, Exited{0});
  CHECK(daemon.Find(job.id).state == JobState::kSucceeded);
}

}  // namespace jobgate
