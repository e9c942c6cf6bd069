// The remote of a real checkout.
#include "approvals/github/origin_remote.h"

#include <unistd.h>

#include "tests/support/git_repo.h"

namespace jobgate::github {

TEST_CASE("origin: the remote of a checkout leads to its repository, from any folder in it") {
  struct Row {
    const char *url, *repo;
  };
  const Row rows[] = {{"https://github.com/o/r.git", "o/r"},
                      {"ssh://git@github.com/o/r.git", "o/r"},
                      {"git@github.com:o/r.git", "o/r"},
                      {"git@ghe.example.com:o/r.git", "ghe.example.com/o/r"},
                      {"https://ghe.example.com:8443/o/r", "ghe.example.com:8443/o/r"}};
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const GitRepo repo;
    repo.Git({"remote", "add", "origin", row.url});
    repo.Write("config/jobs.json", "{}");
    for (const char* folder : {"", "/config"}) {
      const auto origin = OriginRepo(repo.path() + folder);
      REQUIRE_OK(origin);
      CHECK(origin->Text() == row.repo);
    }
  }
}

TEST_CASE("origin: what another setting makes of the URL is what counts") {
  const GitRepo repo;
  repo.Git({"config", "url.https://github.com/.insteadOf", "gh:"});
  repo.Git({"remote", "add", "origin", "gh:o/r"});
  repo.Git({"config", "url.https://ghe.example.com/.insteadOf", "g"});
  CHECK(OriginRepo(repo.path())->Text() == "o/r");  // the longest beginning
  repo.Git({"remote", "set-url", "origin", "gx/o/r"});
  repo.Git({"config", "url.https://ghe.example.com/.insteadOf", "gx/"});
  CHECK(OriginRepo(repo.path())->Text() == "ghe.example.com/o/r");
}

TEST_CASE("origin: a remote without a URL is none") {
  const GitRepo repo;
  repo.Write(".git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl\n");
  const auto origin = OriginRepo(repo.path());
  REQUIRE(!origin);
  CHECK(origin.error().code == Code::kNotFound);
}

TEST_CASE("origin: a checkout of another user is not trusted, and that is said") {
  if (::geteuid() != 0) return;
  const GitRepo repo;
  for (const std::string& path : {repo.path(), repo.path() + "/.git"})
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
  const auto origin = OriginRepo(repo.path());
  REQUIRE(!origin);
  CHECK(origin.error().code == Code::kForbidden);
  CHECK(origin.error().message.find("belongs to another user") != std::string::npos);
}

TEST_CASE("origin: no remote, no checkout and no server each say what to set") {
  const GitRepo repo;
  const TempDir plain;
  const auto none = OriginRepo(repo.path());
  REQUIRE(!none);
  CHECK(none.error().code == Code::kNotFound);
  CHECK(none.error().message.find("has no remote origin; set approval.repo") != std::string::npos);
  const auto no_checkout = OriginRepo(plain.path());
  REQUIRE(!no_checkout);
  CHECK(no_checkout.error().message.find("is no git checkout; set") != std::string::npos);
  repo.Git({"remote", "add", "origin", "/srv/git/r.git"});
  CHECK(OriginRepo(repo.path()).error().code == Code::kInvalidArgument);
}

}  // namespace jobgate::github
