#include "src/api/health_json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "src/api/stats_json.h"
#include "src/api/worker_json.h"

namespace jobgate {
namespace {

// A daemon that is well, to be made worse.
struct Daemon {
  Daemon() {
    config = std::make_shared<Config>();
    config->path = "config/jobs.json";
    config->revision = "abc";
    snapshot.taken_at = FromUnixMs(1'700'000'100'000);
    snapshot.uptime = Duration(5);
    snapshot.config = config;
    snapshot.counts.emplace();
    snapshot.claiming = true;
    snapshot.supervisor_connected = true;
    system = {50'000'000, 1.0, 1.0, 1'000'000'000, 50.0};
  }
  HealthReport Health() {
    HealthInput input;
    input.snapshot = engine_answers ? &snapshot : nullptr;
    input.config = config;
    input.config_status = {FromUnixMs(1'700'000'000'000), config_error};
    input.system = system;
    input.checked_at = snapshot.taken_at;
    return HealthOf(input);
  }
  // "critical dlq", "warning config", … and the status.
  std::string Verdict() {
    const HealthReport report = Health();
    std::string text = report.body["status"];
    CHECK(report.unhealthy == (text == "unhealthy"));
    for (const Json& issue : report.body["issues"]) {
      const std::string check = issue["check"];
      text += ", " + issue["severity"].get<std::string>() + " " + check;
      CHECK(issue["runbook"] == "docs/runbook.md#" + check);
      CHECK_FALSE(issue["message"].get<std::string>().empty());
    }
    return text;
  }
  int64_t& Count(JobState state) { return snapshot.counts->by_state[state]; }

  std::shared_ptr<Config> config;
  EngineSnapshot snapshot;
  SystemFigures system;
  std::optional<std::string> config_error;
  bool engine_answers = true;
};

TEST_CASE("health: the object of the contract, key by key") {
  Daemon daemon;
  daemon.Count(JobState::kQueued) = 5;
  daemon.Count(JobState::kRunning) = 2;
  daemon.Count(JobState::kWaitingApproval) = 1;
  daemon.Count(JobState::kSucceeded) = 95;
  daemon.Count(JobState::kFailed) = 5;
  daemon.snapshot.counts->queued_by_priority = {{Priority::kNormal, 5}, {Priority::kLow, 0}};
  daemon.snapshot.counts->oldest_ready_at = daemon.snapshot.taken_at - Duration(1200);
  daemon.snapshot.counts->oldest_started_at = daemon.snapshot.taken_at - Duration(5000);
  daemon.snapshot.running_jobs = {"job_1", "job_2"};
  daemon.snapshot.processed = 100;
  daemon.snapshot.succeeded = 95;
  daemon.snapshot.failed = 5;
  daemon.snapshot.recent_attempts = 100;
  daemon.snapshot.recent_successes = 95;
  daemon.snapshot.last_processed_at = FromUnixMs(1'700'000'000'000);
  const Json expected = Json::parse(R"({
    "status": "healthy", "checkedAt": "2023-11-14T22:15:00.000Z", "version": "VERSION",
    "data": { "jobs": {
      "store":  { "type": "sqlite", "queued": 5, "running": 2, "waiting_approval": 1, "succeeded": 95,
                  "failed": 5, "canceled": 0, "dead_lettered": 0, "interrupted": 0, "total": 108 },
      "queue":  { "queued": 5, "running": 2, "dlq": 0, "backpressureActive": false,
                  "utilizationPercent": 5, "maxConcurrent": 3, "maxQueueSize": 100,
                  "byPriority": {"normal": 5}, "oldestQueuedMs": 1200, "oldestRunningMs": 5000,
                  "intakePaused": false },
      "worker": { "running": true, "enabled": true, "currentJob": "job_1", "currentJobs": ["job_1", "job_2"],
                  "processed": 100, "succeeded": 95, "failed": 5, "waitingApproval": 1,
                  "successRatePercent": 95.0, "uptimeMs": 5, "lastProcessedAt": "2023-11-14T22:13:20.000Z",
                  "heartbeatAt": "2023-11-14T22:15:00.000Z" },
      "approvals": { "provider": "local", "available": true, "reason": null, "waiting": 1,
                  "expiringSoon": 0, "lastPollAt": null, "rateLimitRemaining": null, "outbox": 0, "parked": 0 },
      "breakers": {},
      "config": { "path": "config/jobs.json", "revision": "abc", "loadedAt": "2023-11-14T22:13:20.000Z", "error": null } },
      "system": { "rssBytes": 50000000, "cpuPercent": 1.0, "diskFreeBytes": 1000000000 } },
    "issues": [] })");
  Json body = daemon.Health().body;
  CHECK(body["version"] == JOBGATE_VERSION);
  body["version"] = "VERSION";
  CHECK(body == expected);
}

TEST_CASE("health: thresholds of the queue turn it yellow, never red") {
  Daemon daemon;
  CHECK(daemon.Verdict() == "healthy");
  daemon.Count(JobState::kQueued) = 19;
  CHECK(daemon.Verdict() == "healthy");
  daemon.Count(JobState::kQueued) = 20;
  CHECK(daemon.Verdict() == "degraded, warning queue_depth");
  daemon.Count(JobState::kQueued) = 50;
  CHECK(daemon.Verdict() == "degraded, critical queue_depth");
  daemon.Count(JobState::kQueued) = 70;
  CHECK(daemon.Verdict() == "degraded, warning utilization, critical queue_depth");
  daemon.Count(JobState::kQueued) = 90;
  CHECK(daemon.Verdict() == "degraded, critical utilization, critical queue_depth");
}

TEST_CASE("health: dead-lettered, interrupted and old jobs") {
  Daemon daemon;
  daemon.Count(JobState::kDeadLettered) = 1;
  CHECK(daemon.Verdict() == "degraded, warning dlq");
  daemon.Count(JobState::kDeadLettered) = 11;
  CHECK(daemon.Verdict() == "degraded, critical dlq");
  daemon.Count(JobState::kDeadLettered) = 0;
  daemon.Count(JobState::kInterrupted) = 1;
  CHECK(daemon.Verdict() == "degraded, warning interrupted");
  daemon.Count(JobState::kInterrupted) = 0;
  auto& oldest = daemon.snapshot.counts->oldest_ready_at;
  oldest = daemon.snapshot.taken_at - std::chrono::seconds(60);
  CHECK(daemon.Verdict() == "degraded, warning oldest_queued");
  oldest = daemon.snapshot.taken_at - std::chrono::seconds(120);
  CHECK(daemon.Verdict() == "degraded, critical oldest_queued");
}

TEST_CASE("health: backpressure and a paused intake turn it yellow, where they are to") {
  Daemon daemon;
  daemon.snapshot.backpressure = true;
  CHECK(daemon.Verdict() == "degraded, critical backpressure");
  CHECK(daemon.Health().body["data"]["jobs"]["queue"]["backpressureActive"] == true);
  daemon.snapshot.backpressure = false;
  daemon.snapshot.intake.paused = true;
  CHECK(daemon.Verdict() == "degraded, warning intake");
  CHECK(daemon.Health().body["data"]["jobs"]["queue"]["intakePaused"] == true);
}

TEST_CASE("health: an open breaker turns it red, a half-open one yellow") {
  Daemon daemon;
  daemon.snapshot.breakers["deploy"].failures = 2;
  CHECK(daemon.Verdict() == "healthy");
  daemon.snapshot.breakers["deploy"].state = BreakerState::kHalfOpen;
  CHECK(daemon.Verdict() == "degraded, warning breakers");
  daemon.snapshot.breakers["build"].state = BreakerState::kOpen;
  CHECK(daemon.Verdict() == "unhealthy, critical breakers, warning breakers");
  CHECK(daemon.Health().body["data"]["jobs"]["breakers"] ==
        Json{{"build", "open"}, {"deploy", "half-open"}});
}

TEST_CASE("health: the success rate is judged from 20 attempts on, and may turn it red") {
  Daemon daemon;
  daemon.snapshot.recent_attempts = 19;
  CHECK(daemon.Verdict() == "healthy");
  daemon.snapshot.recent_attempts = 100;
  daemon.snapshot.recent_successes = 95;
  CHECK(daemon.Verdict() == "healthy");
  daemon.snapshot.recent_successes = 94;
  CHECK(daemon.Verdict() == "degraded, warning success_rate");
  daemon.snapshot.recent_successes = 90;
  CHECK(daemon.Verdict() == "degraded, warning success_rate");
  daemon.snapshot.recent_successes = 89;
  CHECK(daemon.Verdict() == "unhealthy, critical success_rate");
}

TEST_CASE("health: memory turns it yellow, a full disk red") {
  Daemon daemon;
  daemon.system.rss_bytes = 500'000'000;
  CHECK(daemon.Verdict() == "degraded, warning memory");
  daemon.system.rss_bytes = 1'000'000'000;
  CHECK(daemon.Verdict() == "degraded, critical memory");
  daemon.system.rss_bytes = 0;
  daemon.system.disk_free_percent = 9.9;
  CHECK(daemon.Verdict() == "degraded, warning disk");
  daemon.system.disk_free_percent = 4.9;
  CHECK(daemon.Verdict() == "unhealthy, critical disk");
  daemon.system.disk_free_percent.reset();
  daemon.system.disk_free_bytes.reset();
  CHECK(daemon.Verdict() == "healthy");
  CHECK(daemon.Health().body["data"]["system"]["diskFreeBytes"].is_null());
}

TEST_CASE("health: a worker that claims nothing is red, and says why") {
  Daemon daemon;
  daemon.snapshot.claiming = false;
  auto message = [&] {
    CHECK(daemon.Verdict() == "unhealthy, critical worker");
    return daemon.Health().body["issues"][0]["message"].get<std::string>();
  };
  daemon.snapshot.stopped = true;
  CHECK(message().find("jobgate worker start") != std::string::npos);
  daemon.snapshot.stopped = false;
  daemon.snapshot.supervisor_connected = false;
  CHECK(message().find("supervisor") != std::string::npos);
  daemon.snapshot.enabled = false;
  CHECK(message().find("worker.enabled") != std::string::npos);
}

TEST_CASE("health: a store at fault is red, its counts are null") {
  Daemon daemon;
  daemon.snapshot.claiming = false;
  daemon.snapshot.counts.reset();
  daemon.snapshot.store_fault = "disk full";
  CHECK(daemon.Verdict() == "unhealthy, critical store, critical worker");
  const Json body = daemon.Health().body;
  CHECK(body["issues"][0]["message"].get<std::string>().find("disk full") != std::string::npos);
  CHECK(body["data"]["jobs"]["store"]["type"] == "sqlite");
  CHECK(body["data"]["jobs"]["store"]["total"].is_null());
  CHECK(body["data"]["jobs"]["queue"]["queued"].is_null());
  CHECK(body["data"]["jobs"]["queue"]["maxQueueSize"] == 100);
  CHECK(body["data"]["jobs"]["approvals"]["waiting"].is_null());
}

TEST_CASE("health: an engine that does not answer is red, with the same keys") {
  Daemon daemon;
  const Json well = daemon.Health().body;
  daemon.engine_answers = false;
  CHECK(daemon.Verdict() == "unhealthy, critical engine");
  const Json ill = daemon.Health().body;
  for (const auto& part : well["data"]["jobs"].items()) {
    const std::string& section = part.key();
    CAPTURE(section);
    for (const auto& member : part.value().items()) {
      const std::string& key = member.key();
      CAPTURE(key);
      CHECK(ill["data"]["jobs"][section].contains(key));
    }
  }
}

TEST_CASE("health: a clock that jumped and settings that were refused are warnings") {
  Daemon daemon;
  daemon.snapshot.clock_jump = std::chrono::hours(-2);
  CHECK(daemon.Verdict() == "degraded, warning clock");
  daemon.snapshot.clock_jump.reset();
  daemon.config_error = "jobs.json:3: unknown key";
  CHECK(daemon.Verdict() == "degraded, warning config");
  CHECK(daemon.Health().body["data"]["jobs"]["config"]["error"] == "jobs.json:3: unknown key");
}

TEST_CASE("health: thresholds follow the settings") {
  Daemon daemon;
  daemon.config->health.dlq_warning = 3;
  daemon.Count(JobState::kDeadLettered) = 2;
  CHECK(daemon.Verdict() == "healthy");
}

TEST_CASE("readiness: store open and supervisor connected") {
  Daemon daemon;
  CHECK_FALSE(WhyNotReady(daemon.snapshot));
  daemon.snapshot.claiming = false;
  CHECK_FALSE(WhyNotReady(daemon.snapshot));
  daemon.snapshot.supervisor_connected = false;
  CHECK(WhyNotReady(daemon.snapshot));
  daemon.snapshot.supervisor_connected = true;
  daemon.snapshot.store_fault = "disk full";
  CHECK(WhyNotReady(daemon.snapshot));
}

TEST_CASE("stats: all states and priorities, entrypoints with every outcome and the mean") {
  Daemon daemon;
  daemon.Count(JobState::kQueued) = 2;
  daemon.snapshot.attempts_by_outcome[{"hello", "failed"}] = 2;
  daemon.snapshot.runtimes["hello"].count = 2;
  daemon.snapshot.runtimes["hello"].sum_seconds = 0.5;
  const Json stats = StatsJson(daemon.snapshot);
  CHECK(stats["states"].size() == 9);
  CHECK(stats["states"]["total"] == 2);
  CHECK(stats["byPriority"].size() == 5);
  CHECK(stats["entrypoints"]["hello"]["failed"] == 2);
  CHECK(stats["entrypoints"]["hello"]["succeeded"] == 0);
  CHECK(stats["entrypoints"]["hello"]["meanMs"] == 250);
}

TEST_CASE("worker status: the worker of health and what it is on") {
  Daemon daemon;
  Job job;
  job.id = "job_1";
  job.entrypoint = "hello";
  Attempt attempt;
  attempt.number = 2;
  attempt.step_name = "apply";
  attempt.started_at = daemon.snapshot.taken_at - Duration(1500);
  const Json status = WorkerStatusJson(daemon.snapshot, {{job, attempt}});
  const Json worker = WorkerJson(&daemon.snapshot);
  for (const auto& [key, value] : worker.items()) CHECK(status[key] == value);
  CHECK(status["maxConcurrent"] == 3);
  CHECK(status["jobs"][0]["runningMs"] == 1500);
  CHECK(status["jobs"][0]["attempt"] == 2);
  CHECK(status["jobs"][0]["step"] == "apply");
}

}  // namespace
}  // namespace jobgate
