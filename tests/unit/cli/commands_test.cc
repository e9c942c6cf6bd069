#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

const std::string kJob = "/api/v1/jobs/" + std::string(kId);
const std::string kApprovals = "GET /api/v1/approvals?limit=1000";
const std::string kDigest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json Request(const Json& changes = Json::object()) {
  Json request = {{"job", JobIn("waiting_approval", {{"entrypoint", "deploy"}})},
                  {"step", "apply"},
                  {"argv", {"./deploy.sh", "apply", "prod env"}},
                  {"cwd", "/srv/app"},
                  {"reason", "step 'apply' is gated"},
                  {"requestedAt", "2025-12-31T23:50:00.000Z"},
                  {"expiresAt", "2026-01-01T21:00:00.000Z"},
                  {"digest", kDigest},
                  {"issueId", nullptr},
                  {"issueUrl", nullptr},
                  {"approvals", Json::array()},
                  {"minApprovals", 1},
                  {"approvers", Json::array()},
                  {"allowSelfApproval", true},
                  {"who", "anyone who may approve"},
                  {"approve", "jobgate approve " + std::string(kId)},
                  {"reject", "jobgate reject " + std::string(kId)}};
  request.update(changes);
  return request;
}

void Wait(SmallWorld& world, const Json& request) {
  world.http.On("GET " + kJob, JobIn("waiting_approval"));
  world.http.On(kApprovals, {{"approvals", {request}}});
}

}  // namespace

TEST_CASE("list: flags become the query, and pages are joined up to the limit") {
  SmallWorld world;
  const std::string query =
      "GET /api/v1/jobs?state=queued&entrypoint=hello&priority=low&correlationId=c%201&"
      "order=-priority&limit=";
  world.http.On(query + "1000",
                {{"jobs", Json(std::vector<Json>(1000, JobIn("queued")))}, {"nextCursor", "abc"}});
  world.http.On(query + "500&cursor=abc", {{"jobs", {JobIn("queued")}}, {"nextCursor", nullptr}});
  CHECK(world.Run({"list", "--state", "queued", "--entrypoint", "hello", "--priority", "low",
                   "--correlation", "c 1", "--order", "-priority", "--limit", "1500", "--json"}) ==
        0);
  const Json page = ParseJson(world.out).value();
  CHECK(page["jobs"].size() == 1001);
  CHECK(page["nextCursor"].is_null());
}

TEST_CASE("list and cancel: several states with commas between them") {
  SmallWorld world;
  world.http.On("GET /api/v1/jobs?state=failed%2Cdead_lettered&waits=true&limit=100",
                {{"jobs", Json::array()}, {"nextCursor", nullptr}});
  CHECK(world.Run({"list", "--state", "failed,dead_lettered"}) == 0);
  world.http.On("GET /api/v1/jobs?state=queued%2Crunning&limit=1000",
                {{"jobs", {JobIn("queued")}}, {"nextCursor", nullptr}});
  world.http.On("POST " + kJob + "/cancel", JobIn("canceled"));
  CHECK(world.Run({"cancel", "--state", "queued,running"}) == 0);
  CHECK(world.err == "jobgate: 1 job matches\n");
  for (const std::string wrong : {"failed,dead", "failed,", ",", ""}) {
    CAPTURE(wrong);
    CHECK(world.Run({"list", "--state", wrong}) == 2);
    CHECK(Has(world.err, "is none of"));
  }
}

TEST_CASE("list: none is a sentence for people and an empty page for programs") {
  SmallWorld world;
  for (const std::string query : {"waits=true&limit=100", "limit=100"})
    world.http.On("GET /api/v1/jobs?" + query, {{"jobs", Json::array()}, {"nextCursor", nullptr}});
  CHECK(world.Run({"list"}) == 0);
  CHECK(world.out == "no jobs match\n");
  CHECK(world.Run({"list", "--json"}) == 0);
  CHECK(world.out == "{\"jobs\":[],\"nextCursor\":null}\n");
}

TEST_CASE("show: tells fields, params, steps, attempts, decisions, timeline and what to do") {
  SmallWorld world;
  const Json job = JobIn("waiting_approval", {{"entrypoint", "deploy"},
                                              {"step", "apply"},
                                              {"attempts", 1},
                                              {"approvalExpiresAt", "2026-01-01T21:00:00.000Z"},
                                              {"approvals",
                                               {{{"by", "os:bob"},
                                                 {"at", "2025-12-31T23:59:00.000Z"},
                                                 {"via", "api"},
                                                 {"digest", kDigest}}}}});
  world.http.On("GET " + kJob, job);
  world.http.On("GET " + kJob + "/attempts",
                {{"attempts",
                  {{{"number", 1},
                    {"step", "plan"},
                    {"startedAt", "2025-12-31T23:58:00.000Z"},
                    {"endedAt", "2025-12-31T23:58:03.000Z"},
                    {"outcome", "succeeded"},
                    {"exitCode", 0},
                    {"usage", {{"cpuMs", 20}, {"maxRssBytes", 4'000'000}}}}}}});
  Json submitted = EventOf(1, "job:submitted");
  submitted["actor"] = "os:ann";
  world.http.On(
      "GET " + kJob + "/events?limit=1000",
      {{"events", {submitted, EventOf(2, "job:progress", {{"line", "42"}})}}, {"lastSeq", 2}});
  world.http.On(
      "GET /api/v1/entrypoints",
      {{"entrypoints",
        {{{"name", "deploy"},
          {"steps",
           {{{"name", "plan"}, {"gated", false}}, {{"name", "apply"}, {"gated", true}}}}}}}});
  world.http.On(kApprovals, {{"approvals", {Request()}}});
  CHECK(world.Run({"show", kId}) == 0);
  for (const std::string part :
       {"deploy  waiting_approval (step apply, expires in 21h)", "requester  os:ann",
        "created    3m ago (2025-12-31T23:57:00.000Z)", "name  \"Ada\"", "✓ plan",
        "▸ apply  (gated)", "runs       ./deploy.sh apply 'prod env'", "digest     0123456789ab\n",
        "os:bob approved 60s ago via api, digest 0123456789ab", "succeeded  exit 0",
        "submitted by os:ann"}) {
    CAPTURE(part);
    CHECK(Has(world.out, part));
  }
  CHECK(Has(world.out, "Next\n  jobgate approve " + std::string(kId)));
  CHECK_FALSE(Has(world.out, "progress: 42"));
}

TEST_CASE("show: --json is the API's job and asks for nothing else") {
  SmallWorld world;
  world.http.On("GET " + kJob, JobIn("succeeded", {{"result", {{"url", "x"}}}}));
  CHECK(world.Run({"show", kId, "--json"}) == 0);
  CHECK(ParseJson(world.out).value()["result"]["url"] == "x");
  CHECK(world.http.Asked().size() == 1);
}

TEST_CASE("names are escaped in paths") {
  SmallWorld world;
  CHECK(world.Run({"breaker", "reset", "../dlq?x"}) == 3);
  CHECK(world.http.Asked() == std::vector<std::string>{"POST /api/v1/breakers/..%2Fdlq%3Fx/reset"});
}

TEST_CASE("explain: says what blocks, who can clear it, until when and how") {
  SmallWorld world;
  world.http.On("GET " + kJob + "/explain", {{"id", kId},
                                             {"state", "waiting_approval"},
                                             {"summary", "it waits for a person to approve it"},
                                             {"conditions",
                                              {{{"what", "approval"},
                                                {"detail", "step 'apply' is gated"},
                                                {"since", "2025-12-31T23:00:00.000Z"},
                                                {"until", "2026-01-01T21:00:00.000Z"},
                                                {"who", "alice"},
                                                {"command", "jobgate approve x"}}}}});
  CHECK(world.Run({"explain", kId}) == 0);
  for (const std::string part : {"it waits for a person", "step 'apply' is gated",
                                 "until    in 21h", "who      alice", "command  jobgate approve x"})
    CHECK(Has(world.out, part));
}

TEST_CASE("cancel: one that cannot be canceled stops no other, and decides the exit code") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs/a/cancel", JobIn("canceled", {{"id", "job_a"}}));
  world.http.OnProblem("POST /api/v1/jobs/b/cancel", {Code::kConflict, "it has ended"});
  world.http.On("POST /api/v1/jobs/c/cancel", JobIn("running", {{"id", "job_c"}}));
  CHECK(world.Run({"cancel", "a", "b", "c", "--reason", "wrong"}) == 7);
  CHECK(world.out == "job_a canceled\njob_c is being stopped\n");
  CHECK(world.err == "jobgate: b: it has ended\n");
  CHECK(world.http.BodyTo("POST /api/v1/jobs/a/cancel") == Json({{"reason", "wrong"}}));
  CHECK(world.Run({"cancel", "a", "b", "--json"}) == 7);
  const Json results = ParseJson(world.out).value()["results"];
  CHECK(results[0]["job"]["state"] == "canceled");
  CHECK(results[1]["problem"]["status"] == 409);
}

TEST_CASE("cancel: by priority takes the queued ones, and never together with ids") {
  SmallWorld world;
  world.http.On("GET /api/v1/jobs?state=queued&priority=low&limit=1000",
                {{"jobs", {JobIn("queued")}}, {"nextCursor", nullptr}});
  world.http.On("POST " + kJob + "/cancel", JobIn("canceled"));
  CHECK(world.Run({"cancel", "--priority", "low"}) == 0);
  CHECK(world.http.TimesAsked("POST " + kJob + "/cancel") == 1);
  CHECK(world.Run({"cancel", kId, "--priority", "low"}) == 2);
  CHECK(world.Run({"cancel"}) == 2);
}

TEST_CASE("waiting: shows exactly what would run, whole even on a narrow terminal") {
  SmallWorld world;
  world.terminal = true;
  world.columns = 30;
  world.env["NO_COLOR"] = "1";
  world.http.On(kApprovals, {{"approvals", {Request()}}});
  CHECK(world.Run({"waiting"}) == 0);
  CHECK(Has(world.out, "runs       ./deploy.sh apply 'prod env'\n"));
  CHECK(Has(world.out, "digest     0123456789ab\n"));
  CHECK(Has(world.out, "in 21h"));
}

TEST_CASE("waiting: --expiring means what the daemon's settings call soon, not always an hour") {
  SmallWorld world;
  world.http.On("GET /api/v1/config", {{"config", {{"approval", {{"expiryWarningHours", 12.5}}}}}});
  world.http.On("GET /api/v1/approvals?expiringWithinMs=45000000&limit=1000",
                {{"approvals", Json::array()}});
  CHECK(world.Run({"waiting", "--expiring"}) == 0);
  CHECK(world.out == "nothing waits for approval\n");
}

TEST_CASE("approve: carries the digest of what it shows, and prints that") {
  SmallWorld world;
  Wait(world, Request());
  world.http.On("POST " + kJob + "/approve", JobIn("queued"));
  CHECK(world.Run({"approve", kId, "--comment", "checked"}) == 0);
  CHECK(world.http.BodyTo("POST " + kJob + "/approve") ==
        Json({{"comment", "checked"}, {"digest", kDigest}}));
  CHECK(Has(world.out, "approved, now queued"));
  CHECK(Has(world.out, "./deploy.sh apply 'prod env'"));
  CHECK(Has(world.out, "0123456789ab"));
}

TEST_CASE("approve: one of two says that one more is needed") {
  SmallWorld world;
  Wait(world, Request({{"minApprovals", 2}}));
  world.http.On("POST " + kJob + "/approve",
                JobIn("waiting_approval", {{"approvals", {{{"by", "os:ann"}}}}}));
  CHECK(world.Run({"approve", kId}) == 0);
  CHECK(Has(world.out, "approved, and waits for 1 more"));
  CHECK(Has(world.out, "1 of 2: os:ann"));
}

TEST_CASE("approve: what is not waiting or not allowed is refused with its exit code") {
  SmallWorld world;
  world.http.On("GET " + kJob, JobIn("running"));
  world.http.On(kApprovals, {{"approvals", Json::array()}});
  world.http.OnProblem("POST " + kJob + "/approve", {Code::kConflict, "it is running"});
  CHECK(world.Run({"approve", kId}) == 7);
  SmallWorld other;
  Wait(other, Request());
  other.http.OnProblem("POST " + kJob + "/approve", {Code::kForbidden, "not by the requester"});
  CHECK(other.Run({"approve", kId}) == 5);
}

TEST_CASE("decisions: each flag becomes its key of the body") {
  struct Case {
    std::vector<std::string> arguments;
    std::string verb;
    Json body;
  };
  for (const Case& c :
       std::vector<Case>{{{"reject", kId, "--reason", "no"}, "reject", {{"reason", "no"}}},
                         {{"reject", kId}, "reject", Json::object()},
                         {{"extend", kId, "--ttl", "24h"}, "extend", {{"ttlMs", 86'400'000}}},
                         {{"priority", kId, "low"}, "priority", {{"priority", "low"}}},
                         {{"retry", kId}, "retry", Json::object()},
                         {{"resolve", kId, "--as", "failed", "--reason", "r"},
                          "resolve",
                          {{"as", "failed"}, {"reason", "r"}}}}) {
    CAPTURE(c.verb);
    SmallWorld world;
    world.http.On("POST " + kJob + "/" + c.verb, JobIn("queued"));
    CHECK(world.Run(c.arguments) == 0);
    CHECK(world.http.BodyTo("POST " + kJob + "/" + c.verb) == c.body);
    CHECK(Has(world.out, kId));
    CHECK(world.http.Asked().size() == 1);
  }
}

TEST_CASE("decisions: what must be said is asked for with exit 2") {
  SmallWorld world;
  CHECK(world.Run({"extend", kId}) == 2);
  CHECK(Has(world.err, "--ttl"));
  CHECK(world.Run({"resolve", kId}) == 2);
  CHECK(Has(world.err, "--as"));
  CHECK(world.http.Asked().empty());
}

TEST_CASE("dlq: lists with reasons, and a retry names the new job") {
  SmallWorld world;
  world.http.On("GET /api/v1/dlq?limit=1000", {{"entries",
                                                {{{"job", JobIn("dead_lettered")},
                                                  {"reason", "exit 1 (try 3 of 3)"},
                                                  {"addedAt", "2025-12-31T23:00:00.000Z"},
                                                  {"attempts", 3},
                                                  {"lastError", "exit 1"}}}},
                                               {"nextCursor", nullptr}});
  CHECK(world.Run({"dlq", "list"}) == 0);
  CHECK(Has(world.out, "exit 1 (try 3 of 3)"));
  CHECK(Has(world.out, "60m ago"));
  world.http.On("POST /api/v1/dlq/" + std::string(kId) + "/retry",
                JobIn("queued", {{"id", "job_new"}, {"parentId", kId}}), 201);
  CHECK(world.Run({"dlq", "retry", kId}) == 0);
  CHECK(world.out == "job_new queued (retry of " + std::string(kId) + ")\n");
}

TEST_CASE("worker: stop says what it does, and drain is asked for by its flag") {
  SmallWorld world;
  const Json stopped = {{"running", false},     {"stopped", true},    {"draining", false},
                        {"enabled", true},      {"processed", 10},    {"succeeded", 9},
                        {"failed", 1},          {"maxConcurrent", 3}, {"uptimeMs", 60000},
                        {"jobs", Json::array()}};
  world.http.On("POST /api/v1/worker/stop", stopped);
  CHECK(world.Run({"worker", "stop"}) == 0);
  CHECK(world.http.BodyTo("POST /api/v1/worker/stop") == Json::object());
  CHECK(Has(world.out, "worker stopped"));
  CHECK(Has(world.out, "10 jobs (9 succeeded, 1 failed, 0 canceled)"));
  CHECK(world.Run({"worker", "stop", "--drain"}) == 0);
  CHECK(world.http.BodyTo("POST /api/v1/worker/stop") == Json({{"drain", true}}));
}

TEST_CASE("health: green is exit 0; yellow and red are exit 1 and say what to do") {
  const Json data = {{"jobs",
                      {{"store", {{"waiting_approval", 1}, {"interrupted", 0}}},
                       {"queue",
                        {{"queued", 5},
                         {"running", 2},
                         {"dlq", 1},
                         {"maxConcurrent", 3},
                         {"maxQueueSize", 100},
                         {"utilizationPercent", 5},
                         {"byPriority", {{"normal", 5}}}}},
                       {"worker",
                        {{"running", true},
                         {"processed", 100},
                         {"succeeded", 95},
                         {"failed", 5},
                         {"successRatePercent", 95.0}}},
                       {"breakers", Json::object()}}},
                     {"system", {{"rssBytes", 12'000'000}, {"diskFreeBytes", 50'000'000'000}}}};
  struct Case {
    std::string status;
    int http_status;
    int exit_code;
    std::string light;
  };
  for (const Case& c : {Case{"healthy", 200, 0, "green"}, Case{"degraded", 200, 1, "yellow"},
                        Case{"unhealthy", 503, 1, "red"}}) {
    SmallWorld world;
    world.http.On("GET /system_health",
                  {{"status", c.status},
                   {"version", "0.1.0"},
                   {"data", data},
                   {"issues", {{{"severity", "warning"}, {"message", "run `jobgate dlq list`"}}}}},
                  c.http_status);
    CHECK(world.Run({"health"}) == c.exit_code);
    CHECK(world.out.starts_with(c.light));
    for (const std::string part : {"active        2 of 3", "5 of 100 (5 %), 5 normal",
                                   "95.0 % of attempts, the last 100 at most",
                                   "100 jobs (95 succeeded, 5 failed, 0 canceled)",
                                   "1 waits for approval", "run `jobgate dlq list`"}) {
      CAPTURE(part);
      CHECK(Has(world.out, part));
    }
  }
}

TEST_CASE(
    "config check: a valid file is exit 0, every problem of another one is listed with exit 2") {
  SmallWorld world;
  world.files.files["/home/ann/project/config/jobs.json"] = {
      R"({"entrypoints": {"hello": {"run": ["echo", "hi"]}}})"};
  CHECK(world.Run({"config", "check"}) == 0);
  CHECK(Has(world.out, "is valid, 1 entrypoint,"));
  world.files.files["/home/ann/project/config/jobs.json"] = {
      "{\n  \"queu\": {},\n  \"http\": {\"listen\": 7}\n}"};
  CHECK(world.Run({"config", "check"}) == 2);
  CHECK(Has(world.err, "/queu"));
  CHECK(Has(world.err, "/http/listen"));
  CHECK(world.Run({"config", "check", "--json"}) == 2);
  CHECK(ParseJson(world.out).value()["errors"].size() == 2);
  CHECK(world.Run({"config", "show"}) == 2);
}

TEST_CASE("config check: a file that is missing, a folder, or not readable is exit 2") {
  SmallWorld world;
  CHECK(world.Run({"config", "check", "--config", "/nowhere.json"}) == 2);
  world.files.folders["/folder"] = true;
  CHECK(world.Run({"config", "check", "--config", "/folder"}) == 2);
  world.files.files["/home/ann/project/config/jobs.json"].permissions = 0;
  CHECK(world.Run({"config", "check"}) == 2);
  CHECK(Has(world.err, "Permission denied"));
  CHECK(world.Run({"config", "show"}) == 2);
}

TEST_CASE("config show: defaults are filled in") {
  SmallWorld world;
  CHECK(world.Run({"config", "show", "--json"}) == 0);
  CHECK(ParseJson(world.out).value()["http"]["listen"] == "127.0.0.1:8787");
}

TEST_CASE("init: writes settings that are valid, and never over others") {
  SmallWorld world;
  world.files.files.clear();
  CHECK(world.Run({"init"}) == 0);
  CHECK(world.files.files.contains("/home/ann/project/config/jobs.json"));
  CHECK(world.files.files.contains("/home/ann/project/config/jobs.schema.json"));
  CHECK(world.Run({"config", "check"}) == 0);
  world.files.files["/home/ann/project/config/jobs.json"].content = "mine";
  CHECK(world.Run({"init"}) == 7);
  CHECK(world.files.files["/home/ann/project/config/jobs.json"].content == "mine");
}

}  // namespace jobgate
