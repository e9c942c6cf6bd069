// Where jobs run from: cwd, git and files of an entrypoint.
#include <doctest/doctest.h>

#include "src/config/paths.h"
#include "tests/unit/config/fixture.h"

namespace jobgate {
namespace {

std::string WithKeys(const std::string& keys) {
  return R"({"entrypoints": {"a": {"run": ["./deploy.sh"], )" + keys + "}}}";
}

Entrypoint Declared(const std::string& keys) {
  const auto config = Load(WithKeys(keys));
  REQUIRE_MESSAGE(config, (config ? "" : config.error().message));
  return (*config)->entrypoints.at("a").entrypoint;
}

std::string ProblemOf(const std::string& keys, const std::string& pointer) {
  const auto config = Load(WithKeys(keys));
  REQUIRE(!config);
  return Problem(config.error(), "/entrypoints/a" + pointer);
}

}  // namespace

TEST_CASE("git: the repository is the base folder where it is not named, and the job runs there") {
  const Entrypoint declared = Declared(R"("git": {"ref": "main"})");
  CHECK(declared.git == GitSource{"/srv/app", "main"});
  CHECK(declared.cwd == "/srv/app");
}

TEST_CASE("git: cwd is the repository where it is not named") {
  const Entrypoint declared = Declared(R"("git": {"repo": "/srv/git/ops.git", "ref": "v1"})");
  CHECK(declared.git == GitSource{"/srv/git/ops.git", "v1"});
  CHECK(declared.cwd == "/srv/git/ops.git");
  CHECK(Declared(R"("git": {"repo": "ops", "ref": "v1"}, "cwd": "ops/infra")").cwd ==
        "/srv/app/ops/infra");
  CHECK(Declared(R"("git": {"repo": "..", "ref": "v1"}, "cwd": ".")").cwd == "/srv/app");
}

TEST_CASE("git: a cwd outside of the repository is an error that names both") {
  const std::string problem =
      ProblemOf(R"("git": {"repo": "ops", "ref": "main"}, "cwd": "other")", "/cwd");
  CHECK(Contains(problem, "/srv/app/other lies outside of git.repo (/srv/app/ops)"));
  CHECK(Contains(ProblemOf(R"("git": {"repo": "ops", "ref": "m"}, "cwd": "ops/..")", "/cwd"),
                 "lies outside"));
  CHECK(Contains(ProblemOf(R"("git": {"repo": "ops", "ref": "m"}, "cwd": "ops2")", "/cwd"),
                 "lies outside"));
}

TEST_CASE("git: a ref is needed, and nothing else is known") {
  CHECK(Contains(ProblemOf(R"("git": {})", "/git/ref"), "required"));
  CHECK(!ProblemOf(R"("git": {"ref": ""})", "/git/ref").empty());
  CHECK(Contains(ProblemOf(R"("git": {"ref": "main", "branch": "x"})", "/git/branch"), "unknown"));
  CHECK(!ProblemOf(R"("git": "main")", "/git").empty());
}

TEST_CASE("files: are paths from cwd, without detours") {
  CHECK(Declared(R"("files": ["lib/a.sh", "./b.sh", "x/../c.sh"])").files ==
        std::vector<std::string>{"lib/a.sh", "b.sh", "c.sh"});
  CHECK(Declared(R"("maxAttempts": 1)").files.empty());
}

TEST_CASE("files: what leads out, is a folder or is listed twice is an error at its place") {
  CHECK(Contains(ProblemOf(R"("files": ["a", "../b"])", "/files/1"), "leads out of cwd"));
  CHECK(Contains(ProblemOf(R"("files": ["a/../../b"])", "/files/0"), "leads out of cwd"));
  CHECK(Contains(ProblemOf(R"("files": ["/etc/passwd"])", "/files/0"), "path from cwd"));
  CHECK(Contains(ProblemOf(R"("files": ["lib/"])", "/files/0"), "folder"));
  CHECK(Contains(ProblemOf(R"("files": ["."])", "/files/0"), "folder"));
  CHECK(Contains(ProblemOf(R"("files": ["a", "./a"])", "/files/1"), "listed already"));
}

TEST_CASE("git: a declaration survives the way through JSON, and an older one has neither") {
  const Entrypoint before = Declared(R"("git": {"ref": "main"}, "files": ["a"])");
  Json pinned = ToJson(before);
  CHECK(*EntrypointFromJson(pinned) == before);
  pinned.erase("git");
  pinned.erase("files");
  const auto older = EntrypointFromJson(pinned);
  REQUIRE(older);
  CHECK(!older->git);
  CHECK(older->files.empty());
}

TEST_CASE("paths: a way below a folder is told by names alone") {
  CHECK(PathBelow("/srv/app", "/srv/app") == ".");
  CHECK(PathBelow("/srv/app/", "/srv/app/x/y/") == "x/y");
  CHECK(PathBelow("/srv/app", "/srv/app/../app/x") == "x");
  CHECK(PathBelow("/", "/x") == "x");
  CHECK(!PathBelow("/srv/app", "/srv/application"));
  CHECK(!PathBelow("/srv/app", "/srv"));
  CHECK(PathBelow("/srv/app", "/srv/app/..x") == "..x");
}

}  // namespace jobgate
