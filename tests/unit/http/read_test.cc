// What is answered from the store and from the settings.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

TEST_CASE("reads: a job is found by any unique prefix") {
  ServerWorld world;
  world.store.Put(MakeJob("job_01AA"));
  world.store.Put(MakeJob("job_01BB"));
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_01A")).Parsed()["id"] == "job_01AA");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_01")).status == 400);
  const RawReply none = world.Ask(world.Get("/api/v1/jobs/job_9"));
  CHECK(none.status == 404);
  CHECK(none.Parsed()["type"] == "/problems/not-found");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job%5F01A")).status == 200);
}

TEST_CASE("reads: lists are filtered and paged") {
  ServerWorld world;
  for (const char* id : {"job_1", "job_2", "job_3"}) world.store.Put(MakeJob(id));
  world.store.Put(MakeJob("job_4", JobState::kFailed));
  Json page = world.Ask(world.Get("/api/v1/jobs?state=queued&limit=2")).Parsed();
  CHECK(page["jobs"].size() == 2);
  CHECK(page["nextCursor"] == "job_2");
  page = world.Ask(world.Get("/api/v1/jobs?state=queued&limit=2&cursor=job_2")).Parsed();
  CHECK(page["jobs"].size() == 1);
  CHECK(page["nextCursor"].is_null());
  CHECK(world.Ask(world.Get("/api/v1/jobs?state=queued,failed")).Parsed()["jobs"].size() == 4);
}

TEST_CASE("reads: a wrong query parameter is a 400 that names it") {
  ServerWorld world;
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "limit=", "state=sleeping",
                            "order=random", "priority=urgent", "colour=red", "limit=1&limit=2"}) {
    CAPTURE(query);
    const RawReply reply = world.Ask(world.Get(std::string("/api/v1/jobs?") + query));
    CHECK(reply.status == 400);
    const std::string name = std::string(query).substr(0, std::string(query).find('='));
    CHECK(reply.Parsed()["detail"].get<std::string>().find("'" + name + "'") != std::string::npos);
  }
}

TEST_CASE("reads: a store that is at fault is a 503 that says so") {
  ServerWorld world;
  world.store.Break(true);
  const RawReply reply = world.Ask(world.Get("/api/v1/jobs"));
  CHECK(reply.status == 503);
  CHECK(reply.Parsed()["type"] == "/problems/store-fault");
}

TEST_CASE("reads: attempts and events of one job") {
  ServerWorld world;
  world.store.Put(MakeJob("job_1"));
  world.store.Put(MakeAttempt("job_1", 1, true));
  world.store.Append("job:submitted", "job_1");
  world.store.Append("job:submitted", "job_2");
  world.store.Append("job:started", "job_1");
  const Json attempts = world.Ask(world.Get("/api/v1/jobs/job_1/attempts")).Parsed();
  CHECK(attempts["attempts"][0]["outcome"] == "succeeded");
  const Json events = world.Ask(world.Get("/api/v1/jobs/job_1/events")).Parsed();
  REQUIRE(events["events"].size() == 2);
  CHECK(events["lastSeq"] == 3);
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/events?after=1")).Parsed()["events"].size() == 1);
}

TEST_CASE("reads: approvals show what would run") {
  ServerWorld world;
  Job job = MakeJob("job_1", JobState::kWaitingApproval);
  job.gate.emplace();
  job.gate->digest = std::string(64, 'a');
  world.store.Put(job);
  world.store.Put(MakeJob("job_2"));
  const Json page = world.Ask(world.Get("/api/v1/approvals")).Parsed();
  REQUIRE(page["approvals"].size() == 1);
  CHECK(page["approvals"][0]["job"]["id"] == "job_1");
  CHECK(page["approvals"][0]["argv"] == Json{"echo", "hello world"});
}

TEST_CASE("reads: the dead-letter queue holds dead-lettered jobs alone") {
  ServerWorld world;
  Job dead = MakeJob("job_1", JobState::kDeadLettered);
  dead.dlq_reason = "3 tries failed";
  world.store.Put(dead);
  world.store.Put(MakeJob("job_2"));
  const Json page = world.Ask(world.Get("/api/v1/dlq")).Parsed();
  REQUIRE(page["entries"].size() == 1);
  CHECK(page["entries"][0]["reason"] == "3 tries failed");
  CHECK(world.Ask(world.Get("/api/v1/dlq/job_1")).status == 200);
  CHECK(world.Ask(world.Get("/api/v1/dlq/job_2")).status == 404);
}

TEST_CASE("reads: explain joins what the engine and the store know") {
  ServerWorld world;
  world.RunFriendly();
  world.store.Put(MakeJob("job_1", JobState::kInterrupted));
  const Json explained = world.Ask(world.Get("/api/v1/jobs/job_1/explain")).Parsed();
  CHECK(explained["state"] == "interrupted");
  CHECK(explained["conditions"][0]["what"] == "interrupted");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_9/explain")).status == 404);
}

TEST_CASE("health: an engine that does not answer is unhealthy, and readiness says so") {
  ServerWorld world([](HttpOptions& options) { options.health_timeout = milliseconds(50); });
  const RawReply health = world.Ask(world.Get("/system_health"));
  CHECK(health.status == 503);
  const Json body = health.Parsed();
  CHECK(body["status"] == "unhealthy");
  CHECK(body["issues"][0]["check"] == "engine");
  CHECK(body["data"]["jobs"]["store"]["queued"].is_null());
  const RawReply ready = world.Ask(world.Get("/readyz"));
  CHECK(ready.status == 503);
  CHECK(ready.Parsed()["ready"] == false);
  CHECK(world.Ask(world.Get("/healthz")).status == 200);
}

TEST_CASE("health: a full mailbox is an engine issue too, not an error page") {
  ServerWorld world([](HttpOptions& options) { options.health_timeout = milliseconds(50); }, 0);
  const RawReply health = world.Ask(world.Get("/system_health"));
  CHECK(health.status == 503);
  CHECK(health.Parsed()["issues"][0]["check"] == "engine");
}

TEST_CASE("health: good news is a 200") {
  ServerWorld world([](HttpOptions& options) {
    options.system_figures = [] { return SystemFigures{1000, 0.5, 1.0, 50'000, 50.0}; };
  });
  world.RunFriendly();
  const RawReply health = world.Ask(world.Get("/system_health"));
  CHECK(health.status == 200);
  CHECK(health.Parsed()["status"] == "healthy");
  CHECK(health.Parsed()["data"]["system"]["rssBytes"] == 1000);
  CHECK(world.Ask(world.Get("/readyz")).Parsed() == Json{{"ready", true}, {"reason", nullptr}});
}

TEST_CASE("metrics: the snapshot in the Prometheus text format") {
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    EngineSnapshot snapshot = GoodSnapshot(world.slot.Get());
    snapshot.counts->by_state[JobState::kQueued] = 5;
    snapshot.counts->queued_by_priority[Priority::kHigh] = 5;
    snapshot.attempts_by_outcome[{"hello", "succeeded"}] = 3;
    snapshot.runtimes["hello"].buckets[0] = 1;
    snapshot.runtimes["hello"].buckets[11] = 2;
    snapshot.runtimes["hello"].count = 3;
    snapshot.events["job:started"] = 4;
    envelope.reply(Reply(std::move(snapshot)));
  });
  const RawReply reply = world.Ask(world.Get("/metrics"));
  CHECK(reply.Header("content-type").starts_with("text/plain; version=0.0.4"));
  for (const char* line :
       {"jobgate_jobs{state=\"queued\"} 5\n", "jobgate_jobs{state=\"failed\"} 0\n",
        "jobgate_queue_depth{priority=\"high\"} 5\n",
        "jobgate_attempts_total{entrypoint=\"hello\",outcome=\"succeeded\"} 3\n",
        "jobgate_attempt_duration_seconds_bucket{entrypoint=\"hello\",le=\"0.01\"} 1\n",
        "jobgate_attempt_duration_seconds_bucket{entrypoint=\"hello\",le=\"+Inf\"} 3\n",
        "jobgate_events_total{type=\"job:started\"} 4\n", "jobgate_worker_running 1\n"}) {
    CAPTURE(line);
    CHECK(reply.body.find(line) != std::string::npos);
  }
}

TEST_CASE("reads: settings, entrypoints and the index") {
  ServerWorld world;
  world.slot.Reject("line 3: no such key");
  const Json config = world.Ask(world.Get("/api/v1/config")).Parsed();
  CHECK(config["path"] == "/etc/jobgate/jobs.json");
  CHECK(config["loadedAt"] == "2023-11-14T22:13:20.000Z");
  CHECK(config["error"] == "line 3: no such key");
  CHECK(world.Ask(world.Get("/api/v1/entrypoints")).Parsed()["entrypoints"][0]["name"] == "hello");
  CHECK(world.Ask(world.Get("/")).Parsed()["name"] == "jobgate");
}

}  // namespace
}  // namespace jobgate
