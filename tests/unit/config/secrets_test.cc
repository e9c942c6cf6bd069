#include "src/config/secrets.h"

#include <doctest/doctest.h>

#include "tests/unit/config/fixture.h"

namespace jobgate {
namespace {

const char* const kConfig = R"({"secretsFile": "secrets", "entrypoints": {
    "a": {"run": ["x"],
          "secrets": ["KEY",
                      "TOKEN"]}}})";

// The settings and one more readable file, nothing else.
class OneFile final : public FileSystem {
 public:
  OneFile(std::string content, mode_t permissions)
      : content_(std::move(content)), permissions_(permissions) {}
  Result<std::string> ReadFile(const std::string& path, size_t) override {
    return path == kTestConfigPath ? kConfig : content_;
  }
  Result<FileContent> ReadBelow(const std::string&, const std::string&, size_t) override {
    return FileContent{content_, permissions_};
  }
  Result<FileStatus> Stat(const std::string&) override {
    return FileStatus{.permissions = permissions_};
  }
  Result<void> WriteFileAtomically(const std::string&, std::string_view, mode_t) override {
    return Fail(Code::kForbidden, "read-only");
  }
  Result<void> MakeDirectories(const std::string&, mode_t) override {
    return Fail(Code::kForbidden, "read-only");
  }
  Result<DiskSpace> SpaceAt(const std::string&) override { return DiskSpace{}; }
  bool Allows(const std::string&, Access) override { return true; }
  Result<std::string> CurrentDirectory() override { return "/"; }

 private:
  std::string content_;
  mode_t permissions_;
};

Result<Secrets> LoadFrom(std::string content, mode_t permissions = 0600) {
  OneFile file(std::move(content), permissions);
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "TOKEN" ? std::optional<std::string>("from the environment") : std::nullopt;
  };
  return LoadSecrets(*Load(kConfig).value(), environment, file);
}

TEST_CASE("secrets: the environment comes first, the file fills the rest") {
  const auto secrets = LoadFrom("# a comment\n\nKEY=a = b \r\nTOKEN=x\nOTHER=unused");
  REQUIRE(secrets);
  CHECK(*secrets == Secrets{{"KEY", "a = b "}, {"TOKEN", "from the environment"}});
}

TEST_CASE("secrets: one without a value is named") {
  const auto secrets = LoadFrom("OTHER=1");
  REQUIRE_FALSE(secrets);
  CHECK(Contains(Problem(secrets.error(), "/entrypoints/a/secrets/0"), "KEY has no value"));
  CHECK(secrets.error().message.starts_with(
      "/srv/app/config/jobs.json:3: /entrypoints/a/secrets/0: KEY "));
}

TEST_CASE("secrets: the secret of a webhook has to be there where GitHub is asked") {
  OneFile file("", 0600);
  std::optional<std::string> value;
  const Environment environment = [&](const std::string&) { return value; };
  const auto load = [&](const char* provider) {
    const auto config = Load(R"({"approval": {"provider": ")" + std::string(provider) +
                             R"(", "webhookSecretEnv": "HOOK"}})");
    return LoadSecrets(*config.value(), environment, file);
  };
  CHECK(load("local"));
  CHECK(Contains(Problem(load("github").error(), "/approval/webhookSecretEnv"), "HOOK has no"));
  value = "";
  CHECK(Contains(Problem(load("github").error(), "/approval/webhookSecretEnv"), "HOOK has no"));
  value = "secret";
  REQUIRE(load("github"));
  CHECK(load("github")->empty());  // it is no job's
}

TEST_CASE("secrets: a file that others may read, and a malformed line, are refused") {
  CHECK(Contains(LoadFrom("KEY=1", 0640).error().message, "chmod 600"));
  CHECK(Contains(LoadFrom("KEY=1\nnonsense").error().message, ":2: must be NAME=value"));
}

}  // namespace
}  // namespace jobgate
