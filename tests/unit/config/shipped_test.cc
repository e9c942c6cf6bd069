// The configuration that the repository ships.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "src/base/file_system.h"
#include "src/config/load.h"
#include "src/config/params_schema.h"
#include "src/config/placeholders.h"

namespace jobgate {
namespace {

const std::string kRoot = JOBGATE_SOURCE_DIR;

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

TEST_CASE("config: a file that is not there is told by name") {
  PosixFileSystem files;
  const auto missing = LoadConfig(kRoot + "/config/none.json", files);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message.find("none.json") != std::string::npos);
}

}  // namespace
}  // namespace jobgate
