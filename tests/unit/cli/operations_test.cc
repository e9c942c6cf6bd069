// Commands that act on many jobs, and the questions they ask first.
#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

const std::string kJob = "/api/v1/jobs/" + std::string(kId);

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void OnRunning(SmallWorld& world) {
  world.http.On("GET /api/v1/jobs?state=running&limit=1000",
                {{"jobs", {JobIn("running")}}, {"nextCursor", nullptr}});
  world.http.On("POST " + kJob + "/fail", JobIn("running"));
}

}  // namespace

TEST_CASE("fail --running: asks at a terminal, and does nothing unless the answer is yes") {
  for (const char* answer : {"n\n", "\n", "", "yep\n"}) {
    CAPTURE(answer);
    SmallWorld world;
    world.terminal = true;
    world.in = answer;
    OnRunning(world);
    CHECK(world.Run({"fail", "--running", "--reason", "x"}) == 2);
    CHECK(Has(world.err, "Stop 1 running job as failed? [y/N]"));
    CHECK(world.http.TimesAsked("POST " + kJob + "/fail") == 0);
  }
  SmallWorld world;
  world.terminal = true;
  world.in = "y\n";
  OnRunning(world);
  CHECK(world.Run({"fail", "--running", "--reason", "x"}) == 0);
  CHECK(world.http.BodyTo("POST " + kJob + "/fail") == Json({{"reason", "x"}}));
}

TEST_CASE("fail --running: without a terminal it wants --yes") {
  SmallWorld world;
  OnRunning(world);
  CHECK(world.Run({"fail", "--running", "--reason", "x"}) == 2);
  CHECK(Has(world.err, "--yes"));
  CHECK(world.Run({"fail", "--running", "--reason", "x", "--yes"}) == 0);
  CHECK(world.out == std::string(kId) + " is being stopped\n");
}

TEST_CASE("fail: ids and --running exclude each other, and a reason is wanted") {
  SmallWorld world;
  CHECK(world.Run({"fail", "--reason", "x"}) == 2);
  CHECK(world.Run({"fail", kId, "--running", "--reason", "x"}) == 2);
  CHECK(world.Run({"fail", kId}) == 2);
  CHECK(world.http.Asked().empty());
}

TEST_CASE("stuck: exit 1 where something was found, 0 where nothing was") {
  SmallWorld world;
  world.http.On("GET /api/v1/stuck?olderThanMs=300000",
                {{"jobs",
                  {{{"job", JobIn("running", {{"progress", "42 copying"}})},
                    {"attempt", 2},
                    {"startedAt", "2025-12-31T23:50:00.000Z"},
                    {"runningMs", 600000},
                    {"timeoutMs", 3600000},
                    {"stopping", false}}}}});
  CHECK(world.Run({"stuck", "--older-than", "5m"}) == 1);
  CHECK(Has(world.out, kId));
  CHECK(Has(world.out, "10m"));
  CHECK(Has(world.out, "42 copying"));
  world.http.On("GET /api/v1/stuck?olderThanMs=3600000", {{"jobs", Json::array()}});
  CHECK(world.Run({"stuck", "--older-than", "1h"}) == 0);
  CHECK(world.Run({"stuck"}) == 2);
}

TEST_CASE("cancel --dry-run: counts by entrypoint and state, and posts nothing") {
  SmallWorld world;
  world.http.On("GET /api/v1/jobs?state=queued&entrypoint=hello&limit=1000",
                {{"jobs", {JobIn("queued"), JobIn("queued")}}, {"nextCursor", nullptr}});
  CHECK(world.Run({"cancel", "--entrypoint", "hello", "--dry-run"}) == 0);
  CHECK(world.out == "2 jobs match; nothing was canceled\n  2 hello queued\n");
  CHECK(world.http.TimesAsked("POST " + kJob + "/cancel") == 0);
}

TEST_CASE("dlq retry --all: goes on from page to page, and tells what could not be retried") {
  SmallWorld world;
  const Json retried = {
      {"id", "job_a"}, {"status", 201}, {"job", JobIn("queued", {{"parentId", "job_a"}})}};
  const Json refused = {
      {"id", "job_b"}, {"status", 409}, {"problem", {{"detail", "it is active"}}}};
  world.http.On("POST /api/v1/dlq/retry",
                {{"results", {retried}}, {"retried", 1}, {"failed", 0}, {"nextCursor", "c1"}});
  world.http.On("POST /api/v1/dlq/retry",
                {{"results", {refused}}, {"retried", 0}, {"failed", 1}, {"nextCursor", nullptr}});
  CHECK(world.Run({"dlq", "retry", "--all", "--entrypoint", "hello", "--note", "mended"}) == 1);
  CHECK(world.http.BodyTo("POST /api/v1/dlq/retry") ==
        Json({{"entrypoint", "hello"}, {"note", "mended"}, {"cursor", "c1"}, {"olderThanMs", 0}}));
  CHECK(Has(world.out, "(retry of job_a)"));
  CHECK(Has(world.err, "job_b: it is active"));
  CHECK(Has(world.err, "1 entry retried, 1 could not be"));
}

TEST_CASE("dlq retry -p: changes one of the old job's params and keeps the others") {
  SmallWorld world;
  world.http.On("GET " + kJob, JobIn("dead_lettered", {{"params", {{"name", "Ada"}, {"n", 1}}}}));
  world.http.On(
      "GET /api/v1/entrypoints",
      {{"entrypoints",
        {{{"name", "hello"}, {"params", {{"properties", {{"n", {{"type", "integer"}}}}}}}}}}});
  world.http.On("POST /api/v1/dlq/" + std::string(kId) + "/retry", JobIn("queued"), 201);
  CHECK(world.Run({"dlq", "retry", kId, "-p", "n=2"}) == 0);
  CHECK(world.http.BodyTo("POST /api/v1/dlq/" + std::string(kId) + "/retry") ==
        Json({{"params", {{"name", "Ada"}, {"n", 2}}}}));
}

}  // namespace jobgate
