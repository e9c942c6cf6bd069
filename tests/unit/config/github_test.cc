#include <doctest/doctest.h>

#include "src/config/repo_name.h"
#include "src/config/warnings.h"
#include "tests/unit/config/fixture.h"

namespace jobgate {
namespace {

std::string ProblemOf(const std::string& pointer, const std::string& approval) {
  const auto loaded = Load("{\"approval\": " + approval + "}");
  return loaded ? "" : Problem(loaded.error(), pointer);
}

}  // namespace

TEST_CASE("config: a repository is owner/name, with its host where it is another") {
  struct Row {
    const char *text, *host, *api;
  };
  for (const Row& row :
       {Row{"o/r", "github.com", "https://api.github.com"},
        Row{"GitHub.com/o/r", "github.com", "https://api.github.com"},
        Row{"ghe.example.com/o/r.x", "ghe.example.com", "https://ghe.example.com/api/v3"},
        Row{"ghe.example.com:8443/o/r", "ghe.example.com", "https://ghe.example.com:8443/api/v3"},
        Row{"acme.ghe.com/o/r", "acme.ghe.com", "https://api.acme.ghe.com"}}) {
    const auto repo = ParseRepoName(row.text);
    REQUIRE_MESSAGE(repo, row.text);
    CHECK(repo->host == row.host);
    CHECK(DefaultApiUrl(*repo) == row.api);
    CHECK(ParseRepoName(repo->Text()) == *repo);
  }
  for (const char* wrong : {"", "r", "o/", "/r", "o/..", "o/r/", "a b/r", "h:0/o/r", "h:x/o/r",
                            "https://github.com/o/r", "o/r.git", "u@h/o/r", "a/b/c/d"})
    CHECK_FALSE_MESSAGE(ParseRepoName(wrong), wrong);
  CHECK(Contains(ProblemOf("/approval/repo", R"({"repo": "r"})"), "must be owner/name"));
}

TEST_CASE("config: the token travels in the clear to this machine alone") {
  for (const char* sound :
       {"https://api.github.com", "https://ghe.example.com:8443/api/v3/", "http://127.0.0.1:9000",
        "http://[::1]:9000", "http://localhost/api/v3"})
    CHECK_MESSAGE(
        ProblemOf("/approval/apiUrl", R"({"apiUrl": ")" + std::string(sound) + "\"}") == "", sound);
  for (const char* wrong :
       {"http://github.com", "http://127.evil.example", "http://127.0.0.1.evil.example",
        "https://u:p@github.com", "ftp://x", "github.com", "https://x/?a", "https://x/#a"})
    CHECK_MESSAGE(
        ProblemOf("/approval/apiUrl", R"({"apiUrl": ")" + std::string(wrong) + "\"}") != "", wrong);
}

TEST_CASE("config: a label has one meaning, whatever its case") {
  CHECK(Contains(ProblemOf("/approval/rejectLabels/0", R"({"rejectLabels": ["LGTM"]})"),
                 "stands in approveLabels already"));
  CHECK(ProblemOf("/approval/approveLabels/0",
                  "{\"approveLabels\": [\"" + std::string(51, 'a') + "\"]}") != "");
  CHECK(ProblemOf("/approval/approveLabels", R"({"approveLabels": []})") != "");
  const auto gate = Load(R"({"entrypoints": {"a": {"steps": [
      {"name": "s", "run": ["x"], "gate": {"approveLabels": ["Denied"]}}]}}})");
  REQUIRE_FALSE(gate);
  CHECK(Contains(Problem(gate.error(), "/entrypoints/a/steps/0/gate"), "denied"));
}

TEST_CASE("config: a label whose case is compared is sound, with a warning") {
  const auto loaded = Load(R"({"approval": {"approveLabels": ["Approved", "Größe"]},
      "entrypoints": {"a": {"steps": [{"name": "x", "run": ["x"],
                                       "gate": {"rejectLabels": ["ÉCHEC", "no"]}}]},
                      "b": {"run": ["b"]}}})");
  REQUIRE(loaded);
  const auto warnings = WarningsOf(**loaded);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].pointer == "/approval/approveLabels/1");
  CHECK(warnings[1].pointer == "/entrypoints/a/steps/0/gate/rejectLabels/0");
  CHECK(Contains(warnings[1].detail, "ÉCHEC"));
}

TEST_CASE("config: with the provider github every gate is decided there, by others only") {
  const auto config = Load(R"({"approval": {"provider": "github"}})");
  REQUIRE(config);
  const GatePolicy& gate = (*config)->approval.gate;
  REQUIRE(gate.github);
  CHECK(gate.github->approve_labels ==
        std::vector<std::string>{"approved", "plan-approved", "lgtm"});
  CHECK(gate.github->permission_min == "write");
  CHECK_FALSE(gate.self_approval);
  CHECK_FALSE(gate.github->allow_local);
}

TEST_CASE("config: what GitHub needs is read, with its defaults") {
  const auto plain = Load("{}");
  REQUIRE(plain);
  CHECK((*plain)->approval.github.token_env == "GITHUB_TOKEN");
  CHECK_FALSE((*plain)->approval.github.repo);
  CHECK_FALSE((*plain)->approval.gate.github);  // of the provider github alone
  const auto set = Load(R"({"approval": {"repo": "ghe.example.com/o/r", "tokenFile": "token",
      "tokenEnv": null, "requesters": {"os:alice": "alice-gh"}, "mention": ["org/ops"]}})");
  REQUIRE(set);
  const auto& github = (*set)->approval.github;
  CHECK(github.repo->Text() == "ghe.example.com/o/r");
  CHECK(github.token_file == "/srv/app/token");
  CHECK(github.token_env.empty());
  CHECK(github.requesters.at("os:alice") == "alice-gh");
  CHECK(github.mention == std::vector<std::string>{"org/ops"});
}

}  // namespace jobgate
