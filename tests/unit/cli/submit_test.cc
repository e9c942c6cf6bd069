#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

const std::string kSubmit = "POST /api/v1/jobs";

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void Declare(SmallWorld& world, const Json& properties) {
  world.http.On(
      "GET /api/v1/entrypoints",
      {{"entrypoints",
        {{{"name", "hello"}, {"params", {{"type", "object"}, {"properties", properties}}}}}}});
}

}  // namespace

TEST_CASE("submit: every flag becomes its key of the request") {
  SmallWorld world;
  world.http.On(kSubmit, JobIn("queued"), 201);
  CHECK(world.Run({"submit", "hello", "--params", R"({"name": "Ada"})", "--priority", "high",
                   "--key", "k1", "--issue", "12", "--delay", "10m", "--ttl", "72h",
                   "--correlation", "c1"}) == 0);
  CHECK(world.http.BodyTo(kSubmit) == Json({{"entrypoint", "hello"},
                                            {"params", {{"name", "Ada"}}},
                                            {"priority", "high"},
                                            {"idempotencyKey", "k1"},
                                            {"issueId", 12},
                                            {"delayMs", 600'000},
                                            {"ttlMs", 259'200'000},
                                            {"correlationId", "c1"}}));
  CHECK(world.out == std::string(kId) + " queued\n");
  CHECK(world.err.empty());
}

TEST_CASE("submit: without flags only entrypoint and params are sent, in one request") {
  SmallWorld world;
  world.http.On(kSubmit, JobIn("queued"), 201);
  CHECK(world.Run({"submit", "hello"}) == 0);
  CHECK(world.http.BodyTo(kSubmit) == Json({{"entrypoint", "hello"}, {"params", Json::object()}}));
  CHECK(world.http.Asked() == std::vector<std::string>{kSubmit});
}

TEST_CASE("submit: -p values have the types that the entrypoint declares") {
  SmallWorld world;
  Declare(world, {{"name", {{"type", "string"}}},
                  {"count", {{"type", "integer"}}},
                  {"share", {{"type", "number"}}},
                  {"force", {{"type", "boolean"}}},
                  {"tags", {{"type", "array"}}},
                  {"limit", {{"type", {"integer", "null"}}}},
                  {"size", {{"enum", {1, 2, "big"}}}}});
  world.http.On(kSubmit, JobIn("queued"), 201);
  CHECK(world.Run({"submit", "-p",           "name=42",   "-p",         "count=-7",
                   "hello",  "-p",           "share=0.5", "-p",         "force=true",
                   "-p",     "tags=[\"a\"]", "-p",        "limit=null", "-p",
                   "size=2", "-p",           "other=7",   "-p",         "empty="}) == 0);
  CHECK(world.http.BodyTo(kSubmit)["params"] == Json({{"name", "42"},
                                                      {"count", -7},
                                                      {"share", 0.5},
                                                      {"force", true},
                                                      {"tags", {"a"}},
                                                      {"limit", nullptr},
                                                      {"size", 2},
                                                      {"other", "7"},
                                                      {"empty", ""}}));
}

TEST_CASE("submit: a -p value of the wrong type is exit 2 and submits nothing") {
  SmallWorld world;
  Declare(world, {{"count", {{"type", "integer"}}}});
  CHECK(world.Run({"submit", "hello", "-p", "count=many"}) == 2);
  CHECK(world.err == "jobgate: /params/count: 'many' is not an integer\n");
  CHECK(world.Run({"submit", "hello", "-p", "count"}) == 2);
  CHECK(Has(world.err, "has no '=': write it as -p "));
  CHECK(world.http.TimesAsked(kSubmit) == 0);
}

TEST_CASE("submit: a -p that is given twice, or is not UTF-8, submits nothing") {
  SmallWorld world;
  Declare(world, {{"name", {{"type", "string"}}}});
  CHECK(world.Run({"submit", "hello", "-p", "name=a", "-p", "name=b"}) == 2);
  CHECK(world.err == "jobgate: /params/name: given twice by -p\n");
  CHECK(world.Run({"submit", "hello", "-p", "name=\xff\xfe"}) == 2);
  CHECK(Has(world.err, "not UTF-8"));
  CHECK(world.http.TimesAsked(kSubmit) == 0);
}

TEST_CASE("submit: -p goes over --params, which may be a file or stdin") {
  SmallWorld world;
  Declare(world, {{"name", {{"type", "string"}}}});
  world.http.On(kSubmit, JobIn("queued"), 201);
  world.files.files["params.json"] = {R"({"name": "file", "other": 1})"};
  CHECK(world.Run({"submit", "hello", "--params", "@params.json", "-p", "name=flag"}) == 0);
  CHECK(world.http.BodyTo(kSubmit)["params"] == Json({{"name", "flag"}, {"other", 1}}));
  world.in = R"({"name": "stdin"})";
  CHECK(world.Run({"submit", "hello", "--params", "-"}) == 0);
  CHECK(world.http.BodyTo(kSubmit)["params"] == Json({{"name", "stdin"}}));
}

TEST_CASE("submit: params that are no JSON object are exit 2 and name their source") {
  SmallWorld world;
  CHECK(world.Run({"submit", "hello", "--params", "[1]"}) == 2);
  CHECK(Has(world.err, "JSON object"));
  CHECK(world.Run({"submit", "hello", "--params", "{\"a\": 1, \"a\": 2}"}) == 2);
  CHECK(Has(world.err, "stands twice"));
  CHECK(world.Run({"submit", "hello", "--params", "@nowhere.json"}) == 2);
  CHECK(Has(world.err, "nowhere.json"));
  CHECK(world.http.Asked().empty());
}

TEST_CASE("submit: the active duplicate is told as such") {
  SmallWorld world;
  world.http.On(kSubmit, JobIn("running"), 200);
  CHECK(world.Run({"submit", "hello"}) == 0);
  CHECK(world.out == std::string(kId) + " running\n");
  CHECK(world.err == "jobgate: already submitted with the same entrypoint and params: " +
                         std::string(kId) + " is running\n");
}

TEST_CASE("submit: what was submitted before is told by what is the same, and by its state") {
  const auto told = [](const Json& job) {
    SmallWorld world;
    world.http.On(kSubmit, job, 200);
    CHECK(world.Run({"submit", "hello", "--key", "k1"}) == 0);
    return world.err;
  };
  const std::string id = kId;
  CHECK(told(JobIn("queued", {{"idempotencyKey", "k1"}})) ==
        "jobgate: already submitted with the same key: " + id + " is queued\n");
  CHECK(told(JobIn("canceled", {{"idempotencyKey", "k1"}})) ==
        "jobgate: already submitted with the same key: " + id +
            " has ended, canceled; for a new job give another --key, or `jobgate retry` it\n");
  CHECK(told(JobIn("queued", {{"idempotencyKey", "k0"}})) ==
        "jobgate: already submitted with the same entrypoint and params: " + id +
            " is queued, with the key k0\n");
  CHECK(told(JobIn("queued")) ==
        "jobgate: already submitted with the same entrypoint and params: " + id +
            " is queued, without a key\n");
}

TEST_CASE("submit: a gated job says how it goes on") {
  SmallWorld world;
  world.http.On(kSubmit, JobIn("waiting_approval"), 201);
  CHECK(world.Run({"submit", "deploy"}) == 0);
  CHECK(Has(world.err, "`jobgate explain " + std::string(kId) + "` says who may let it go on"));
  world.http.On("GET /api/v1/jobs/" + std::string(kId) + "/explain",
                {{"conditions",
                  {{{"what", "approval"}, {"command", "gh issue edit 12 --add-label approved"}}}}});
  CHECK(world.Run({"submit", "deploy"}) == 0);
  CHECK(Has(world.err, "`gh issue edit 12 --add-label approved` lets it go on"));
}

TEST_CASE("submit: --json prints the API's own text") {
  SmallWorld world;
  world.http.On(kSubmit, JobIn("queued"), 201);
  CHECK(world.Run({"--json", "submit", "hello"}) == 0);
  CHECK(world.out == Canonical(JobIn("queued")) + "\n");
}

TEST_CASE("submit: a dry run shows commands and gates and calls nothing submitted") {
  SmallWorld world;
  world.http.On(kSubmit, {{"dryRun", true},
                          {"entrypoint", "deploy"},
                          {"priority", "high"},
                          {"gitCommit", std::string(40, 'c')},
                          {"wouldBe", "queued"},
                          {"steps",
                           {{{"name", "plan"},
                             {"argv", {"./deploy.sh", "plan", "a b"}},
                             {"cwd", "/srv"},
                             {"gated", false},
                             {"gate", nullptr}},
                            {{"name", "apply"},
                             {"argv", {"./deploy.sh", "apply", "a b"}},
                             {"cwd", "/srv"},
                             {"gated", true},
                             {"gate",
                              {{"minApprovals", 2},
                               {"approvers", {"alice", "bob"}},
                               {"allowSelfApproval", false},
                               {"ttlMs", 86'400'000}}}}}}});
  CHECK(world.Run({"submit", "deploy", "--dry-run"}) == 0);
  CHECK(world.http.BodyTo(kSubmit)["dryRun"] == true);
  CHECK(Has(world.out, "nothing was submitted"));
  CHECK(Has(world.out, "would run from git commit " + std::string(40, 'c')));
  CHECK(Has(world.out, "./deploy.sh apply 'a b'"));
  CHECK(Has(world.out, "waits for 2 approvals by alice, bob, not by yourself"));
}

}  // namespace jobgate
