// The configuration that the repository ships.
#include <doctest/doctest.h>
#include <unistd.h>

#include <map>
#include <string>

#include "src/base/file_system.h"
#include "src/config/load.h"
#include "src/config/params_schema.h"
#include "src/config/placeholders.h"

namespace jobgate {
namespace {

const std::string kRoot = JOBGATE_SOURCE_DIR;
const std::string kThresholds = "health.thresholds.";

std::shared_ptr<const Config> Shipped() {
  PosixFileSystem files;
  const auto config = LoadConfig(kRoot + "/config/jobs.json", files);
  REQUIRE_MESSAGE(config, (config ? "" : config.error().message));
  return *config;
}

Json Params(const std::string& entrypoint) {
  if (entrypoint == "hello") return {{"name", "world"}};
  if (entrypoint == "deploy") return {{"env", "test"}, {"version", "1.2"}};
  return Json::object();
}

TEST_CASE("shipped config: it is valid and has the five examples") {
  const auto config = Shipped();
  CHECK(config->base_dir == kRoot);
  for (const char* name : {"hello", "count", "flaky", "always-fails", "deploy"})
    CHECK_MESSAGE(config->entrypoints.contains(name), name);
  CHECK(config->entrypoints.at("deploy").entrypoint.HasGate());
}

TEST_CASE("shipped config: each example is described, accepts its params and names a program") {
  const auto config = Shipped();
  for (const auto& entry : config->entrypoints) {
    const std::string& name = entry.first;
    const Config::Declared& declared = entry.second;
    CAPTURE(name);
    CHECK_FALSE(declared.entrypoint.description.empty());
    const Json params = declared.params_schema->WithDefaults(Params(name));
    CHECK(declared.params_schema->Check(params));
    for (const Step& step : declared.entrypoint.steps) {
      const auto argv = RenderArgv(step.run, params, declared.entrypoint.params_schema);
      REQUIRE(argv);
      const std::string program = argv->front();
      if (program.find('/') != std::string::npos)
        CHECK_MESSAGE(access((kRoot + "/" + program).c_str(), X_OK) == 0, program);
    }
  }
}

// Adds "`section.key`" of each setting, with its default, to `keys`.
void CollectKeys(const Json& properties, const std::string& prefix,
                 std::map<std::string, Json>& keys) {
  for (const auto& [name, property] : properties.items()) {
    if (property.contains("properties"))
      CollectKeys(property["properties"], prefix + name + ".", keys);
    else if (name != "$schema")
      keys[prefix + name] = property.value("default", Json());
  }
}

TEST_CASE("docs/config.md: it has every key with its default") {
  PosixFileSystem files;
  const std::string docs = files.ReadFile(kRoot + "/docs/config.md", 1'000'000).value();
  const Json schema = Json::parse(ConfigSchemaText());
  std::map<std::string, Json> keys;
  CollectKeys(schema["properties"], "", keys);
  for (const char* definition : {"entrypoint", "gate"})
    CollectKeys(schema["definitions"][definition]["properties"], "", keys);
  CHECK(keys.size() > 50);
  for (const auto& entry : keys) {
    const bool threshold = entry.first.starts_with(kThresholds);
    const std::string key = "`" + entry.first.substr(threshold ? kThresholds.size() : 0) + "`";
    const std::string value = "`" + entry.second.dump() + "`";
    CHECK_MESSAGE(docs.find(key) != std::string::npos, key);
    // Thresholds share rows; inherited and structured defaults are told in words.
    if (threshold)
      CHECK_MESSAGE(docs.find(value) != std::string::npos, key, " ", value);
    else if (!entry.second.is_null() && !entry.second.is_structured())
      CHECK_MESSAGE(docs.find(key + " | " + value) != std::string::npos, key, " ", value);
  }
}

TEST_CASE("config: a file that is not there is told by name") {
  PosixFileSystem files;
  const auto missing = LoadConfig(kRoot + "/config/none.json", files);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message.find("none.json") != std::string::npos);
}

}  // namespace
}  // namespace jobgate
