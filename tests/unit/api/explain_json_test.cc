#include "src/api/explain_json.h"

#include <doctest/doctest.h>

#include <string>

#include "src/api/approval_json.h"

namespace jobgate {
namespace {

struct Situation {
  Situation() {
    config = std::make_shared<Config>();
    snapshot.config = config;
    snapshot.taken_at = FromUnixMs(1'700'000'000'000);
    snapshot.counts.emplace();
    snapshot.claiming = true;
    declaration.name = "deploy";
    declaration.timeout = std::chrono::minutes(10);
    job.id = "job_1";
    job.entrypoint = "deploy";
    job.requester = "os:bob";
    job.step_name = "apply";
    job.attempts_max = 3;
    job.ready_at = job.updated_at = snapshot.taken_at;
  }
  Json Explain() {
    ExplainInput input;
    input.job = &job;
    input.declaration = declared ? &declaration : nullptr;
    input.gate = gate ? &*gate : nullptr;
    input.last_attempt = attempt ? &*attempt : nullptr;
    input.snapshot = &snapshot;
    return ExplainJson(input);
  }
  std::string Whats() {
    std::string text;
    const Json explained = Explain();
    CHECK_FALSE(explained["summary"].get<std::string>().empty());
    for (const Json& condition : explained["conditions"]) {
      CHECK(condition.size() == 6);
      text += (text.empty() ? "" : " ") + condition["what"].get<std::string>();
    }
    return text;
  }

  std::shared_ptr<Config> config;
  EngineSnapshot snapshot;
  Entrypoint declaration;
  bool declared = true;
  std::optional<GatePolicy> gate;
  std::optional<Attempt> attempt;
  Job job;
};

TEST_CASE("explain: a queued job with a free slot is held up by nothing") {
  Situation it;
  CHECK(it.Whats() == "");
  CHECK(it.Explain()["state"] == "queued");
}

TEST_CASE("explain: a queued job tells everything that holds it up") {
  Situation it;
  it.job.ready_at = it.snapshot.taken_at + Duration(5000);
  CHECK(it.Whats() == "delayed");
  CHECK(it.Explain()["conditions"][0]["until"] == "2023-11-14T22:13:25.000Z");
  it.job.tries = 1;
  it.job.last_error = "exit 1";
  CHECK(it.Whats() == "retry_delay");
  it.snapshot.claiming = false;
  it.snapshot.stopped = true;
  it.declared = false;
  it.snapshot.running_jobs = {"job_a", "job_b", "job_c"};
  it.snapshot.counts->queued_by_priority = {{Priority::kCritical, 2}, {Priority::kLow, 9}};
  CHECK(it.Whats() == "retry_delay worker_stopped undeclared slots queue");
  const Json conditions = it.Explain()["conditions"];
  CHECK(conditions[1]["command"] == "jobgate worker start");
  CHECK(conditions[4]["detail"].get<std::string>().starts_with("2 more urgent jobs"));
}

TEST_CASE("explain: an urgent job waits only once the express slots are taken too") {
  Situation it;
  it.job.priority = Priority::kHigh;
  it.snapshot.running_jobs = {"job_a", "job_b", "job_c"};
  CHECK(it.Whats() == "");
  it.snapshot.running_jobs.emplace_back("job_d");
  CHECK(it.Whats() == "slots");
}

TEST_CASE("explain: a breaker and the entrypoint's own limit come before the slots") {
  Situation it;
  it.config->concurrent_limits["deploy"] = 2;
  it.snapshot.by_entrypoint["deploy"] = {1, 1};
  CHECK(it.Whats() == "");
  it.snapshot.by_entrypoint["deploy"].running = 2;
  CHECK(it.Whats() == "entrypoint_limit");
  Breaker& breaker = it.snapshot.breakers["deploy"];
  breaker.failures = 2;
  CHECK(it.Whats() == "entrypoint_limit");
  breaker.state = BreakerState::kOpen;
  breaker.until = it.snapshot.taken_at + Duration(5000);
  it.snapshot.running_jobs = {"job_a", "job_b", "job_c"};
  CHECK(it.Whats() == "breaker entrypoint_limit slots");
  const Json condition = it.Explain()["conditions"][0];
  CHECK(condition["until"] == "2023-11-14T22:13:25.000Z");
  CHECK(condition["command"] == "jobgate breaker reset deploy");
  breaker.state = BreakerState::kHalfOpen;
  breaker.until.reset();
  CHECK(it.Whats() == "entrypoint_limit slots");
  breaker.probe = AttemptId{"job_a", 1};
  CHECK(it.Whats() == "breaker entrypoint_limit slots");
}

TEST_CASE("explain: a waiting job names who may approve, until when, and how") {
  Situation it;
  it.job.state = JobState::kWaitingApproval;
  it.job.approval_expires_at = it.snapshot.taken_at + std::chrono::hours(1);
  it.job.gate.emplace();
  it.job.gate->digest = std::string(64, 'd');
  it.job.gate->requested_at = it.snapshot.taken_at;
  it.gate = GatePolicy{};
  it.gate->approvals_min = 2;
  it.gate->approvers = {"alice", "carol"};
  it.gate->self_approval = false;
  const Json condition = it.Explain()["conditions"][0];
  CHECK(condition["what"] == "approval");
  CHECK(condition["who"] == "alice, carol, but not os:bob who asked for it");
  CHECK(condition["until"] == "2023-11-14T23:13:20.000Z");
  CHECK(condition["command"] == "jobgate approve job_1");
  CHECK(condition["detail"].get<std::string>().find("0 of 2 approvals, digest dddddddddddd") !=
        std::string::npos);
}

TEST_CASE("explain: who approved so far is named, and the next one is given what nobody said yet") {
  Situation it;
  it.job.state = JobState::kWaitingApproval;
  it.job.approval_expires_at = it.snapshot.taken_at + std::chrono::hours(1);
  it.job.issue_id = 7;
  it.job.gate.emplace();
  it.job.gate->digest = std::string(64, 'd');
  it.gate = GatePolicy{};
  it.gate->approvals_min = 3;
  it.gate->github = GitHubRules{{"approved", "lgtm"}, {"denied"}, "write", false};
  const auto command = [&] { return it.Explain()["conditions"][0]["command"].get<std::string>(); };
  const auto approve = [&](const Actor& by, const std::string& label) {
    Approval approval;
    approval.by = by;
    approval.voice.emplace().label = label;
    it.job.gate->approvals.push_back(approval);
  };
  CHECK(command() == "gh issue edit 7 --add-label approved");
  approve("github:alice", "Approved");
  CHECK(command() == "gh issue edit 7 --add-label lgtm");
  approve("github:carol", "lgtm");
  CHECK(command() == "gh issue comment 7 --body '/approve dddddddddddd'");
  const std::string detail = it.Explain()["conditions"][0]["detail"];
  CHECK(detail.find("approved so far by github:alice, github:carol (2 of 3)") != std::string::npos);
}

TEST_CASE(
    "explain: a gate that was to be decided on GitHub says that nobody looks there any more") {
  Situation it;
  it.job.state = JobState::kWaitingApproval;
  it.job.approval_expires_at = it.snapshot.taken_at + Duration(1);
  it.job.gate.emplace();
  it.gate = GatePolicy{};
  it.gate->github.emplace();
  const auto detail = [&] { return it.Explain()["conditions"][0]["detail"].get<std::string>(); };
  CHECK(detail().find("nobody looks any more (approval.provider): cancel it") != std::string::npos);
  it.gate->github->allow_local = true;
  CHECK(detail().ends_with("nobody looks any more (approval.provider)"));
}

TEST_CASE("explain: a request past its expiry waits for a last look") {
  Situation it;
  it.job.state = JobState::kWaitingApproval;
  it.job.approval_expires_at = it.snapshot.taken_at;
  it.job.gate.emplace();
  it.gate = GatePolicy{};
  CHECK(it.Whats() == "approval");
  it.gate->github.emplace();
  CHECK(it.Whats() == "last_look approval");
  CHECK(it.Explain()["summary"].get<std::string>().find("before GitHub had its request") !=
        std::string::npos);
  it.job.gate->posted.emplace();
  CHECK(it.Explain()["summary"].get<std::string>().starts_with("its time is over"));
}

TEST_CASE("explain: a running job tells since when and until when at most") {
  Situation it;
  it.job.state = JobState::kRunning;
  it.job.attempts = 2;
  it.attempt.emplace();
  it.attempt->started_at = it.snapshot.taken_at;
  CHECK(it.Whats() == "running");
  CHECK(it.Explain()["conditions"][0]["until"] == "2023-11-14T22:23:20.000Z");
  it.job.stop = StopIntent{StopIntent::Kind::kCancel, "os:bob", "no need"};
  CHECK(it.Whats() == "running stopping");
  CHECK(it.Explain()["conditions"][1]["detail"] == "os:bob cancels it: no need");
  CHECK(it.Explain()["stop"] ==
        Json({{"as", "canceled"}, {"by", "os:bob"}, {"reason", "no need"}}));
}

TEST_CASE("explain: interrupted and dead-lettered jobs name the command that decides") {
  Situation it;
  it.job.state = JobState::kInterrupted;
  CHECK(it.Explain()["conditions"][0]["command"] ==
        "jobgate resolve job_1 --as succeeded|failed|retry");
  it.job.state = JobState::kDeadLettered;
  it.job.dlq_reason = "3 tries failed";
  CHECK(it.Explain()["conditions"][0]["command"] == "jobgate dlq retry job_1");
  CHECK(it.Explain()["conditions"][0]["detail"] == "3 tries failed");
}

TEST_CASE("explain: an ended job has no conditions, and names its retry") {
  Situation it;
  it.job.state = JobState::kFailed;
  it.job.last_error = "exit 3";
  it.job.retried_as = "job_2";
  CHECK(it.Whats() == "");
  CHECK(it.Explain()["summary"] == "it is over: failed (exit 3); retried as job_2");
}

TEST_CASE("approval json: what would run and who may release it, null where unknown") {
  Situation it;
  it.job.params = "{}";
  it.job.gate.emplace();
  it.job.gate->reason = "touches production";
  GatedStep step{{"./deploy.sh", "apply"}, "/srv", {}, {512, 0, 0, 0}};
  Json json = ApprovalJson(it.job, step);
  CHECK(json["argv"] == Json{"./deploy.sh", "apply"});
  CHECK(json["cwd"] == "/srv");
  CHECK(json["limits"]["memoryMb"] == 512);
  CHECK(json["reason"] == "touches production");
  CHECK(json["minApprovals"] == 1);
  json = ApprovalJson(it.job, std::nullopt);
  CHECK(json["argv"].is_null());
  CHECK(json["approvers"].is_null());
}

}  // namespace
}  // namespace jobgate
