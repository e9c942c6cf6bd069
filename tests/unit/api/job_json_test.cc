#include "src/api/job_json.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "src/api/attempt_json.h"
#include "src/api/dlq_json.h"
#include "src/api/event_json.h"

namespace jobgate {
namespace {

std::set<std::string> KeysOf(const Json& json) {
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.insert(key);
  return keys;
}

const std::set<std::string> kJobKeys = {"id",
                                        "entrypoint",
                                        "params",
                                        "state",
                                        "priority",
                                        "attempts",
                                        "tries",
                                        "maxAttempts",
                                        "step",
                                        "createdAt",
                                        "updatedAt",
                                        "startedAt",
                                        "finishedAt",
                                        "runAfter",
                                        "requester",
                                        "issueId",
                                        "correlationId",
                                        "planHash",
                                        "idempotencyKey",
                                        "refId",
                                        "issueUrl",
                                        "approvalExpiresAt",
                                        "approvals",
                                        "digest",
                                        "result",
                                        "progress",
                                        "lastError",
                                        "exitCode",
                                        "signal",
                                        "parentId",
                                        "retriedAs",
                                        "replay",
                                        "debug",
                                        "configRevision",
                                        "gitCommit",
                                        "usage"};

TEST_CASE("job json: an empty job has every key, null where it has none") {
  Job job;
  job.params = "{}";
  const Json json = JobJson(job);
  CHECK(KeysOf(json) == kJobKeys);
  for (const char* key : {"step",          "startedAt",      "finishedAt",        "runAfter",
                          "correlationId", "idempotencyKey", "planHash",          "refId",
                          "issueId",       "issueUrl",       "approvalExpiresAt", "digest",
                          "result",        "progress",       "lastError",         "exitCode",
                          "signal",        "parentId",       "retriedAs",         "gitCommit"}) {
    CAPTURE(key);
    CHECK(json[key].is_null());
  }
  CHECK(json["approvals"] == Json::array());
  CHECK(json["params"] == Json::object());
  CHECK(JobText(job) == Canonical(json));
}

TEST_CASE("job json: a full job keeps its keys and shows its values") {
  Job job;
  job.id = "job_01";
  job.params = R"({"name":"world"})";
  job.state = JobState::kWaitingApproval;
  job.priority = Priority::kHigh;
  job.created_at = FromUnixMs(1'700'000'000'123);
  job.run_after = FromUnixMs(0);
  job.issue_id = 123;
  job.exit_code = 0;
  job.result = R"({"answer":[42]})";
  job.progress = "42 copying";
  job.last_error = "a \"quoted\" line\nand \xff, \xc3\xa9";
  job.usage = {1234, 5678};
  job.gate.emplace();
  job.gate->digest = "abc";
  job.gate->approvals.push_back(
      {"os:alice", FromUnixMs(1'700'000'000'000), "cli", "abc", "looks good"});
  const Json json = JobJson(job);
  CHECK(KeysOf(json) == kJobKeys);
  CHECK(json["params"]["name"] == "world");
  CHECK(json["state"] == "waiting_approval");
  CHECK(json["priority"] == "high");
  CHECK(json["createdAt"] == "2023-11-14T22:13:20.123Z");
  CHECK(json["runAfter"] == "1970-01-01T00:00:00.000Z");
  CHECK(json["issueId"] == 123);
  CHECK(json["exitCode"] == 0);
  CHECK(json["result"]["answer"][0] == 42);
  CHECK(json["progress"] == "42 copying");
  CHECK(json["usage"] == Json{{"cpuMs", 1234}, {"maxRssBytes", 5678}});
  CHECK(json["digest"] == "abc");
  CHECK(json["approvals"] == Json::array({{{"by", "os:alice"},
                                           {"at", "2023-11-14T22:13:20.000Z"},
                                           {"via", "cli"},
                                           {"digest", "abc"}}}));
  CHECK(JobText(job) == Canonical(json));
}

TEST_CASE("job json: a stored result that is no JSON is null, not an error") {
  Job job;
  job.params = "{}";
  job.result = "{broken";
  CHECK(JobJson(job)["result"].is_null());
}

TEST_CASE("attempt json: every key, null while it runs") {
  Attempt attempt;
  attempt.number = 2;
  attempt.step_name = "plan";
  const Json json = AttemptsJson({attempt})["attempts"][0];
  CHECK(KeysOf(json) == std::set<std::string>{"number", "step", "startedAt", "endedAt", "outcome",
                                              "dryRun", "exitCode", "signal", "error", "digest",
                                              "usage"});
  CHECK(json["number"] == 2);
  CHECK(json["endedAt"].is_null());
}

TEST_CASE("event json: payload as an object, absent job and actor as null") {
  Event event;
  event.seq = 7;
  event.type = "worker:started";
  event.payload = R"({"a":1})";
  const Json json = EventJson(event);
  CHECK(KeysOf(json) == std::set<std::string>{"seq", "at", "type", "jobId", "actor", "payload"});
  CHECK(json["payload"]["a"] == 1);
  CHECK(json["jobId"].is_null());
  CHECK(EventsJson({event}, 9)["lastSeq"] == 9);
}

TEST_CASE("event json: as a stream it is one data line whatever its payload holds") {
  Event event;
  event.seq = 7;
  event.type = "job:progress";
  event.payload = R"({"line":"a\nb\r\nid: 8"})";
  const std::string text = EventStreamText(event);
  CHECK(text.starts_with("id: 7\nevent: job:progress\ndata: {"));
  CHECK(text.ends_with("}\n\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(std::count(text.begin(), text.end(), '\r') == 0);
}

TEST_CASE("dlq json: the job, why it is there and since when") {
  Job job;
  job.params = "{}";
  job.attempts = 3;
  job.dlq_reason = "3 tries failed";
  job.finished_at = FromUnixMs(0);
  const Json json = DlqEntryJson(job);
  CHECK(KeysOf(json) == std::set<std::string>{"job", "reason", "addedAt", "attempts", "lastError"});
  CHECK(json["addedAt"] == "1970-01-01T00:00:00.000Z");
  CHECK(json["attempts"] == 3);
}

}  // namespace
}  // namespace jobgate
