#include "approvals/github/origin_remote.h"

#include <doctest/doctest.h>

#include "approvals/github/http_date.h"
#include "tests/support/check_ok.h"

namespace jobgate::github {

TEST_CASE("origin: every form of a remote's URL leads to its repository") {
  struct Row {
    const char *url, *repo;
  };
  const Row rows[] = {
      {"https://github.com/o/r.git", "o/r"},
      {"https://github.com/o/r", "o/r"},
      {"https://github.com/o/r/", "o/r"},
      {"https://alice:canary@GitHub.com/o/r.git", "o/r"},
      {"https://ghe.example.com:8443/o/r.x.git", "ghe.example.com:8443/o/r.x"},
      {"https://ghe.example.com:443/o/r", "ghe.example.com/o/r"},
      {"git@github.com:o/r.git", "o/r"},
      {"git@ghe.example.com:/o/r", "ghe.example.com/o/r"},
      {"ghe.example.com:o/r.git", "ghe.example.com/o/r"},
      {"ssh://git@github.com/o/r.git", "o/r"},
      {"ssh://git@ssh.github.com:443/o/r.git", "o/r"},
      {"ssh://git@ghe.example.com:2222/o/r.git", "ghe.example.com/o/r"},
  };
  for (const Row& row : rows) {
    const auto repo = RepoOfRemoteUrl(row.url);
    REQUIRE_MESSAGE(repo, row.url);
    CHECK(repo->Text() == row.repo);
  }
}

TEST_CASE("origin: what is on no server is refused, and its password not shown") {
  for (const char* url : {"", "/srv/git/r.git", "../r", "file:///srv/r.git", "https://github.com/o",
                          "https://u:canary@host/a/b/c", "git@github.com:r.git", "./a:b/c",
                          "https:///o/r", "https://github.com/../r", "C:\\r"}) {
    const auto repo = RepoOfRemoteUrl(url);
    REQUIRE_FALSE_MESSAGE(repo, url);
    CHECK(repo.error().message.find("canary") == std::string::npos);
    CHECK(repo.error().message.find("approval.repo") != std::string::npos);
  }
}

TEST_CASE("origin: a date is read in the one form that servers send") {
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == ParseTime("1994-11-06T08:49:37Z"));
  for (const char* wrong : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                            "Sun, 36 Nov 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT"})
    CHECK_FALSE(ParseHttpDate(wrong));
}

}  // namespace jobgate::github
