#include "src/config/reload.h"

#include <doctest/doctest.h>

#include "tests/unit/config/fixture.h"

namespace jobgate {
namespace {

Json Changes(const std::string& before, const std::string& after) {
  return ChangesBetween(Json::parse(before), Json::parse(after)).list;
}

}  // namespace

TEST_CASE("reload: differences name the pointer with both values") {
  CHECK(Changes(R"({"a": 1})", R"({"a": 1})").empty());
  CHECK(Changes(R"({"q": {"n": 3, "m": 1}})", R"({"q": {"n": 5, "m": 1}})") ==
        Json::parse(R"([{"pointer": "/q/n", "old": 3, "new": 5}])"));
  CHECK(Changes(R"({"e": {}})", R"({"e": {"a/b": {"run": ["x"]}}})") ==
        Json::parse(R"([{"pointer": "/e/a~1b", "old": null, "new": {"run": ["x"]}}])"));
  CHECK(Changes(R"({"l": [1, 2]})", R"({"l": [1]})") ==
        Json::parse(R"([{"pointer": "/l", "old": [1, 2], "new": [1]}])"));
}

TEST_CASE("reload: many and large differences are told in bounds") {
  Json after = Json::object();
  for (int i = 0; i < kConfigChangesMax + 7; ++i) after["k" + std::to_string(i)] = i;
  const ConfigChanges changes = ChangesBetween(Json::object(), after);
  CHECK(changes.list.size() == kConfigChangesMax);
  CHECK(changes.omitted == 7);
  const Json large = ChangesBetween({{"t", ""}}, {{"t", std::string(5000, 'x')}}).list;
  CHECK(large[0]["new"].get<std::string>().starts_with("5002 bytes, SHA-256 "));
}

TEST_CASE("reload: what is opened once at the start stays, the rest is taken") {
  const auto in_use = Load(R"({"http": {"listen": "127.0.0.1:1"}})");
  const auto file = Load(R"({"http": {"listen": "127.0.0.1:2"}, "store": {"path": "other.db"},
                             "queue": {"maxConcurrent": 9}})");
  REQUIRE(in_use);
  REQUIRE(file);
  const NextConfig next = NextConfigOf(**in_use, **file);
  CHECK(next.needs_restart == std::vector<std::string>{"/store/path", "/http/listen"});
  CHECK(next.config->http.port == 1);
  CHECK(next.config->store.path == (*in_use)->store.path);
  CHECK(next.config->effective["http"]["listen"] == "127.0.0.1:1");
  CHECK(next.config->queue.concurrent_max == 9);
  CHECK(next.config->revision == (*file)->revision);
  CHECK(NextConfigOf(*next.config, **file).needs_restart.size() == 2);
  CHECK(NextConfigOf(**file, **file).needs_restart.empty());
}

}  // namespace jobgate
