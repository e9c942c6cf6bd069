// The description and the server agree: every route is described, every description is served.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

void CollectReferences(const Json& json, std::set<std::string>& names) {
  if (json.is_object() && json.contains("$ref"))
    names.insert(
        json["$ref"].get<std::string>().substr(std::string("#/components/schemas/").size()));
  if (json.is_structured())
    for (const Json& item : json) CollectReferences(item, names);
}

TEST_CASE("openapi: every reference leads to a schema, and every schema is used") {
  ServerWorld world;
  const Json document = world.Ask(world.Get("/openapi.json")).Parsed();
  CHECK(document["openapi"] == "3.0.3");
  std::set<std::string> used;
  CollectReferences(document, used);
  std::set<std::string> declared;
  for (const auto& [name, schema] : document["components"]["schemas"].items())
    declared.insert(name);
  CHECK(used == declared);
}

TEST_CASE("openapi: every operation has its own id, a summary, replies and its path parameters") {
  ServerWorld world;
  const Json document = world.Ask(world.Get("/openapi.json")).Parsed();
  std::set<std::string> ids;
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      const auto& at = path;  // clang 14 captures no binding
      CAPTURE(at);
      CHECK(ids.insert(operation["operationId"].get<std::string>()).second);
      CHECK_FALSE(operation["summary"].get<std::string>().empty());
      CHECK(operation["responses"].size() >= 2);
      CHECK(operation["responses"].contains("default"));
      const bool templated = path.find('{') != std::string::npos;
      const bool declared =
          operation.contains("parameters") && operation["parameters"][0]["in"] == "path";
      CHECK(templated == declared);
    }
}

TEST_CASE("openapi: the described paths and methods are exactly those that are served") {
  ServerWorld world([](HttpOptions& options) {
    options.reply_timeout = options.health_timeout = std::chrono::milliseconds(20);
  });
  const Json document = world.Ask(world.Get("/openapi.json")).Parsed();
  for (const auto& [path, methods] : document["paths"].items()) {
    std::string target = path;
    if (const size_t at = target.find('{'); at != std::string::npos)
      target.replace(at, target.find('}') + 1 - at, "job_none");
    // A path of its own may also be one of another's {id}s.
    const std::string wider = path.substr(0, path.rfind('/') + 1) + "{id}";
    const bool has_wider = document["paths"].contains(wider);
    const Json also = has_wider ? document["paths"][wider] : Json::object();
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
      std::string lower = method;
      for (char& c : lower) c = static_cast<char>(c | 0x20);
      const auto& at = path;  // clang 14 captures no binding
      CAPTURE(at);
      const auto& by = method;  // clang 14 captures no binding
      CAPTURE(by);
      RawClient client = world.Client();
      client.Send(method + (" " + target) + " HTTP/1.1\r\n" + world.HostLine() + world.TokenLine() +
                  "\r\n");
      const std::string line = client.ReadUntil("\r\n");
      CHECK((line.find(" 405 ") == std::string::npos) ==
            (methods.contains(lower) || also.contains(lower)));
    }
  }
}

TEST_CASE("openapi: the contract's endpoints of today are there") {
  ServerWorld world;
  const Json paths = world.Ask(world.Get("/openapi.json")).Parsed()["paths"];
  const std::pair<const char*, const char*> expected[] = {
      {"/api/v1/jobs", "post"},
      {"/api/v1/jobs", "get"},
      {"/api/v1/jobs/{id}", "get"},
      {"/api/v1/jobs/{id}/events", "get"},
      {"/api/v1/jobs/{id}/attempts", "get"},
      {"/api/v1/jobs/{id}/explain", "get"},
      {"/api/v1/jobs/{id}/logs", "get"},
      {"/api/v1/jobs/{id}/cancel", "post"},
      {"/api/v1/jobs/{id}/retry", "post"},
      {"/api/v1/jobs/{id}/replay", "post"},
      {"/api/v1/jobs/{id}/fail", "post"},
      {"/api/v1/jobs/{id}/resolve", "post"},
      {"/api/v1/stuck", "get"},
      {"/api/v1/store/clean", "post"},
      {"/api/v1/errors", "get"},
      {"/api/v1/jobs/{id}/priority", "post"},
      {"/api/v1/jobs/{id}/approve", "post"},
      {"/api/v1/jobs/{id}/reject", "post"},
      {"/api/v1/jobs/{id}/extend", "post"},
      {"/api/v1/approvals", "get"},
      {"/api/v1/dlq", "get"},
      {"/api/v1/dlq/{id}", "get"},
      {"/api/v1/dlq/{id}/retry", "post"},
      {"/api/v1/dlq", "delete"},
      {"/api/v1/dlq/retry", "post"},
      {"/api/v1/dlq/clean", "post"},
      {"/api/v1/workers/status", "get"},
      {"/api/v1/worker/start", "post"},
      {"/api/v1/worker/stop", "post"},
      {"/api/v1/events", "get"},
      {"/api/v1/stats", "get"},
      {"/api/v1/config", "get"},
      {"/api/v1/entrypoints", "get"},
      {"/system_health", "get"},
      {"/healthz", "get"},
      {"/readyz", "get"},
      {"/metrics", "get"},
      {"/openapi.json", "get"},
      {"/", "get"},
  };
  for (const auto& [path, method] : expected) {
    const auto& at = path;  // clang 14 captures no binding
    CAPTURE(at);
    CHECK(paths.contains(path));
    CHECK(paths[path].contains(method));
  }
}

}  // namespace
}  // namespace jobgate
