#include "approvals/watcher/issue_watch.h"

#include <doctest/doctest.h>

#include "tests/unit/github/github_world.h"

namespace jobgate {
namespace {

constexpr int64_t kOwnId = 99;
const Json kAlice = {{"id", 7}, {"login", "alice"}, {"type", "User"}};
const Json kIssue = {{"id", 5},
                     {"number", 3},
                     {"title", "t"},
                     {"body", ""},
                     {"html_url", "https://github.com/o/r/issues/3"},
                     {"state", "open"},
                     {"user", kAlice},
                     {"labels", {"approved"}},
                     {"created_at", "2026-01-01T00:00:00Z"},
                     {"updated_at", "2026-01-01T00:00:01Z"}};
const Json kLabeled = {{"id", 1},
                       {"event", "labeled"},
                       {"actor", kAlice},
                       {"label", {{"name", "approved"}}},
                       {"performed_via_github_app", nullptr},
                       {"created_at", "2026-01-01T00:00:01Z"}};

struct Watched {
  github::GitHubWorld world;
  IssueWatch watch{world.issues, world.clock, kOwnId, kSampleTime};

  void AnswerList(const Json& issues = Json::array()) { world.http.Answer(200, issues.dump()); }
  void AnswerIssue(const Json& issue = kIssue, const Json& events = Json::array({kLabeled})) {
    world.http.Answer(200, issue.dump());
    world.http.Answer(200, events.dump());
    world.http.Answer(200, "[]");
  }
  void AnswerRole() {
    world.http.Answer(
        200, Json({{"permission", "write"}, {"role_name", "write"}, {"user", kAlice}}).dump());
  }
  IssueLook LookAtIssue() {
    world.clock.Advance(SecondOpinion::kAfter);
    return watch.LookAt({3}, {});
  }
};

}  // namespace

TEST_CASE("issue watch: an issue is gone only once that was said twice, some seconds apart") {
  for (const int status : {404, 410}) {
    Watched watched;
    watched.AnswerList();
    watched.world.http.Answer(status, "{}");
    const IssueLook first = watched.LookAtIssue();
    CHECK(first.issues.empty());
    CHECK_FALSE(first.failed);
    CHECK(first.unsure == std::set<int64_t>{3});

    watched.AnswerList();
    watched.world.http.Answer(status, "{}");
    const IssueLook second = watched.LookAtIssue();
    REQUIRE(second.issues.size() == 1);
    CHECK(second.issues[0].why_gone.starts_with("issue #3"));
    CHECK(second.unsure.empty());
  }
}

TEST_CASE("issue watch: an issue that is there after all was never gone") {
  Watched watched;
  for (int round = 0; round < 3; ++round) {
    watched.AnswerList();
    watched.world.http.Answer(404, "{}");
    CHECK(watched.LookAtIssue().issues.empty());
    watched.AnswerList();
    watched.AnswerIssue();
    watched.AnswerRole();
    const IssueLook look = watched.LookAtIssue();
    REQUIRE(look.issues.size() == 1);
    CHECK(look.issues[0].why_gone.empty());
    CHECK(look.issues[0].roles.at(7) == github::Role::kWrite);
    watched.AnswerList();
    watched.watch.LookAt({}, {});  // nobody wants it any more: what was known of it is forgotten
  }
}

TEST_CASE("issue watch: an account is unknown only once that was said twice") {
  Watched watched;
  watched.AnswerList();
  watched.AnswerIssue();
  watched.world.http.Answer(404, "{}");
  const IssueLook first = watched.LookAtIssue();
  CHECK(first.issues.empty());
  CHECK(first.unsure == std::set<int64_t>{3});

  watched.AnswerList();
  watched.AnswerIssue();
  watched.world.http.Answer(404, "{}");
  const IssueLook second = watched.LookAtIssue();
  REQUIRE(second.issues.size() == 1);
  CHECK(second.issues[0].roles.at(7) == github::Role::kNone);
}

TEST_CASE("issue watch: a reading that is older than what was seen before tells nothing") {
  Json newer = kIssue;
  newer["updated_at"] = "2026-01-01T00:00:05Z";
  newer["labels"] = Json::array();
  Watched watched;
  watched.AnswerList();
  watched.AnswerIssue(newer);
  CHECK(watched.LookAtIssue().issues.size() == 1);
  watched.AnswerList();
  watched.AnswerIssue();
  const IssueLook stale = watched.watch.LookAt({3}, {3});
  CHECK(stale.issues.empty());
  CHECK(stale.unsure == std::set<int64_t>{3});
}

TEST_CASE("issue watch: a change that was listed is read until it shows") {
  Json newer = kIssue;
  newer["updated_at"] = "2026-01-01T00:00:05Z";
  Watched watched;
  watched.AnswerList(Json::array({newer}));
  watched.world.http.Answer(200, kIssue.dump());
  CHECK(watched.LookAtIssue().unsure == std::set<int64_t>{3});
  watched.AnswerList();
  watched.AnswerIssue(newer);
  watched.AnswerRole();
  CHECK(watched.LookAtIssue().issues.size() == 1);
}

TEST_CASE("issue watch: an issue that GitHub does not show keeps no other unread") {
  Json other = kIssue;
  other["number"] = 4;
  Watched watched;
  const auto look = [&](const std::set<int64_t>& again) {
    watched.AnswerList();
    if (again.contains(3)) {
      watched.world.http.Answer(200, kIssue.dump());
      watched.world.http.Answer(403, R"({"message": "no"})");
    }
    if (again.contains(4)) {
      watched.AnswerIssue(other);
      watched.AnswerRole();
    }
    return watched.watch.LookAt({3, 4}, again);
  };
  const IssueLook first = look({3, 4});
  REQUIRE(first.issues.size() == 1);
  CHECK(first.issues[0].number == 4);
  CHECK(first.listed);
  CHECK_FALSE(first.failed);
  CHECK(first.unread == std::set<int64_t>{3});
  CHECK(first.refused.at(3).find("(no, at GET /repos/o/r/issues/3/events)") != std::string::npos);
  // It is not asked for again at once, and not before the others when it is.
  const IssueLook second = look({4});
  CHECK(second.issues.size() == 1);
  CHECK(second.unread == std::set<int64_t>{3});
}

TEST_CASE("issue watch: an issue that GitHub fails at is read after the others the next time") {
  Json other = kIssue;
  other["number"] = 4;
  Watched watched;
  watched.AnswerList();
  watched.world.http.Answer(500, "{}");
  const IssueLook first = watched.watch.LookAt({3, 4}, {});
  CHECK(first.issues.empty());
  CHECK(first.failed);
  CHECK(first.unread == std::set<int64_t>{3, 4});
  watched.world.clock.Advance(SecondOpinion::kAfter);
  watched.AnswerList();
  watched.AnswerIssue(other);
  watched.AnswerRole();
  watched.world.http.Answer(500, "{}");
  const size_t before = watched.world.http.requests.size();
  const IssueLook second = watched.watch.LookAt({3, 4}, {});
  REQUIRE(second.issues.size() == 1);
  CHECK(second.issues[0].number == 4);
  CHECK(watched.world.http.requests.at(before + 1).url.ends_with("/issues/4"));
  CHECK(watched.world.http.requests.back().url.ends_with("/issues/3"));
}

TEST_CASE("issue watch: what happened counts in its order, however it is listed") {
  Json unlabeled = kLabeled, again = kLabeled;
  unlabeled["id"] = 2;
  unlabeled["event"] = "unlabeled";
  again["id"] = 3;
  Watched watched;
  watched.AnswerList();
  watched.AnswerIssue(kIssue, Json::array({again, kLabeled, unlabeled}));
  watched.AnswerRole();
  const IssueLook look = watched.LookAtIssue();
  REQUIRE(look.issues.size() == 1);
  CHECK(look.issues[0].events.back().id == 3);
  CHECK(look.issues[0].events.front().id == 1);
}

TEST_CASE("issue watch: a label without its event is looked at again, and believed in the end") {
  for (const bool comes_late : {true, false}) {
    CAPTURE(comes_late);
    Watched watched;
    watched.AnswerList();
    watched.AnswerIssue(kIssue, Json::array());
    CHECK(watched.LookAtIssue().unsure == std::set<int64_t>{3});
    watched.AnswerList();
    watched.AnswerIssue(kIssue, comes_late ? Json::array({kLabeled}) : Json::array());
    if (comes_late) watched.AnswerRole();
    const IssueLook look = watched.LookAtIssue();
    REQUIRE(look.issues.size() == 1);
    CHECK(look.issues[0].events.size() == (comes_late ? 1 : 0));
  }
}

}  // namespace jobgate
