#include "approvals/github/token_source.h"

#include <doctest/doctest.h>

#include "tests/support/check_ok.h"
#include "tests/unit/github/github_world.h"

namespace jobgate::github {
namespace {

struct Places {
  std::map<std::string, std::string> env;
  MemoryFiles files;
  ScriptedProcesses processes;

  TokenSource Source(std::optional<std::string> file = std::nullopt) {
    return TokenSource(
        {"GITHUB_TOKEN", std::move(file), "ghe.example.com"},
        [this](const std::string& name) -> std::optional<std::string> {
          if (!env.contains(name)) return std::nullopt;
          return env.at(name);
        },
        files, processes);
  }
};

}  // namespace

TEST_CASE("token: the variable comes first, then the file, then gh's login, and it says which") {
  Places places;
  places.processes.answer = ProcessOutput{0, "gho_login\n"};
  CHECK(places.Source().Get()->source == "gh's login at ghe.example.com");
  CHECK(places.processes.calls.at(0).argv ==
        std::vector<std::string>{"gh", "auth", "token", "--hostname", "ghe.example.com"});
  places.files.files["/token"] = " ghp_file\n";
  CHECK(places.Source("/token").Get()->value == "ghp_file");
  CHECK(places.Source("/token").Get()->warning.find("chmod 600") != std::string::npos);
  places.env["GITHUB_TOKEN"] = "ghp_env";
  CHECK(places.Source("/token").Get()->source == "the variable GITHUB_TOKEN");
  CHECK(places.processes.calls.size() == 1);
}

TEST_CASE("token: it is kept until it is renewed") {
  Places places;
  places.env["GITHUB_TOKEN"] = "one";
  TokenSource source = places.Source();
  CHECK(source.Get()->value == "one");
  places.env["GITHUB_TOKEN"] = "two";
  CHECK(source.Get()->value == "one");
  CHECK(source.Renew()->value == "two");
}

TEST_CASE("token: none, or what could end a header, is unauthorized and never shown") {
  Places places;
  const auto none = places.Source().Get();
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::kUnauthorized);
  CHECK(none.error().message.find("gh auth login --hostname ghe.example.com") != std::string::npos);
  places.env["GITHUB_TOKEN"] = "canary\r\nX-Evil: 1";
  const auto unfit = places.Source().Get();
  REQUIRE_FALSE(unfit);
  CHECK(unfit.error().message.find("canary") == std::string::npos);
  places.env.clear();
  CHECK_FALSE(places.Source("/missing").Get());  // a file that is named has to be there
  CHECK(places.processes.calls.size() == 1);
  places.processes.answer = Fail(Code::kUnavailable, "gh did not end within 10s");
  CHECK(places.Source().Get().error().message.find("did not end") != std::string::npos);
}

}  // namespace jobgate::github
