#include "approvals/github/issues.h"

#include <doctest/doctest.h>

#include "tests/unit/github/github_world.h"

namespace jobgate::github {
namespace {

const Json kUser = {{"id", 7}, {"login", "alice"}, {"type", "User"}};

Json IssueJson(const Json& changes = Json::object()) {
  Json issue = {{"id", 5'000'000'000},
                {"number", 3},
                {"title", "t"},
                {"body", nullptr},
                {"html_url", "https://github.com/o/r/issues/3"},
                {"state", "open"},
                {"user", kUser},
                {"labels", {{{"name", "approved"}}, "lgtm"}},
                {"created_at", "2026-01-01T00:00:00Z"},
                {"updated_at", "2026-01-01T00:00:01Z"}};
  issue.update(changes);
  return issue;
}

Json EventJson(const Json& changes = Json::object()) {
  Json event = {{"id", 1},
                {"event", "labeled"},
                {"actor", kUser},
                {"label", {{"name", "approved"}}},
                {"performed_via_github_app", nullptr},
                {"created_at", "2026-01-01T00:00:00Z"}};
  event.update(changes);
  return event;
}

Json CommentJson(int64_t id, int64_t author, const std::string& body) {
  return {{"id", id},
          {"body", body},
          {"html_url", "https://github.com/o/r/issues/3#1"},
          {"user", {{"id", author}, {"login", "x"}, {"type", "User"}}},
          {"created_at", "2026-01-01T00:00:00Z"},
          {"updated_at", "2026-01-01T00:00:00Z"}};
}

}  // namespace

TEST_CASE("issues: a list has what changed, pull requests too") {
  GitHubWorld world;
  world.http.Answer(200, Json({IssueJson(), IssueJson({{"pull_request", Json::object()}})}).dump(),
                    {{"ETag", "\"e\""}});
  const auto list = world.issues.ChangedSince(kSampleTime + Duration(999), "\"before\"");
  REQUIRE(list);
  REQUIRE(list->issues.size() == 2);
  CHECK(list->issues[0].id == 5'000'000'000);
  CHECK(list->issues[0].labels == std::vector<std::string>{"approved", "lgtm"});
  CHECK(list->issues[0].body.empty());
  CHECK(list->etag == "\"e\"");
  CHECK(world.http.requests[0].url ==
        "https://api.github.com/repos/o/r/issues?state=all&sort=updated&direction=desc&"
        "per_page=100&since=2026-01-01T00%3A00%3A00Z");
  CHECK(world.http.Header(0, "if-none-match") == "\"before\"");
}

TEST_CASE("issues: a field of another type makes the answer unavailable, never a guess") {
  for (const Json& changes :
       {Json{{"id", "5"}}, Json{{"id", 0}}, Json{{"id", 1.5}}, Json{{"id", UINT64_MAX}},
        Json{{"number", nullptr}}, Json{{"title", 1}}, Json{{"state", "ajar"}},
        Json{{"labels", "approved"}}, Json{{"labels", {1}}}, Json{{"updated_at", "yesterday"}},
        Json{{"user", "alice"}}, Json{{"user", {{"id", 1}}}}}) {
    GitHubWorld world;
    world.http.Answer(200, IssueJson(changes).dump());
    CHECK_MESSAGE(WhyNot<Unavailable>(world.issues.Get(3)), changes.dump());
  }
  GitHubWorld world;
  world.http.Answer(200, "[]");
  CHECK(WhyNot<Unavailable>(world.issues.Get(3)));
}

TEST_CASE("issues: a label event has actor, label, app and time") {
  GitHubWorld world;
  world.http.Answer(200, Json({EventJson(), EventJson({{"actor", nullptr}, {"event", "closed"}}),
                               EventJson({{"performed_via_github_app", {{"slug", "robot"}}}})})
                             .dump());
  const auto events = world.issues.Events(3);
  REQUIRE(events);
  CHECK((*events)[0].actor->id == 7);
  CHECK((*events)[0].label == "approved");
  CHECK_FALSE((*events)[0].app);
  CHECK_FALSE((*events)[1].actor);
  CHECK((*events)[2].app == "robot");
  GitHubWorld nameless;
  nameless.http.Answer(200, Json::array({EventJson({{"label", nullptr}})}).dump());
  CHECK(WhyNot<Unavailable>(nameless.issues.Events(3)));
}

TEST_CASE("issues: the true role counts, an organization's own by what it is built on") {
  struct Row {
    const char *legacy, *name;
    Role role;
  };
  for (const Row& row :
       {Row{"read", "triage", Role::kTriage}, Row{"write", "maintain", Role::kMaintain},
        Row{"write", "write", Role::kWrite}, Row{"admin", "admin", Role::kAdmin},
        Row{"write", "release-crew", Role::kWrite}, Row{"none", "", Role::kNone}}) {
    GitHubWorld world;
    world.http.Answer(
        200, Json{{"permission", row.legacy}, {"role_name", row.name}, {"user", kUser}}.dump());
    const auto permission = world.issues.PermissionOf("a/b");
    REQUIRE(permission);
    CHECK(permission->role == row.role);
    CHECK(world.http.requests[0].url.ends_with("/collaborators/a%2Fb/permission"));
  }
}

TEST_CASE("issues: a renamed repository is followed, an issue that left it is not") {
  GitHubWorld world;
  world.http.Answer(301, "", {{"Location", "https://api.github.com/repositories/42/issues/3"}});
  CHECK(WhyNot<Moved>(world.issues.Get(3)));  // the id is not known yet
  world.http.Answer(
      200, Json{{"id", 42}, {"full_name", "o/r"}, {"html_url", "https://github.com/o/r"}}.dump());
  REQUIRE(world.issues.About());
  world.http.Answer(301, "", {{"Location", "https://api.github.com/repositories/42/issues/3"}});
  world.http.Answer(200, IssueJson().dump());
  CHECK(world.issues.Get(3));
  world.http.Answer(301, "", {{"Location", "https://api.github.com/repositories/421/issues/3"}});
  const auto moved = world.issues.Get(3);
  REQUIRE(WhyNot<Moved>(moved));
  CHECK(WhyNot<Moved>(moved)->url == "https://api.github.com/repositories/421/issues/3");
}

TEST_CASE("issues: nothing is taken from where a redirect leads that is not the same thing") {
  for (const int status : {301, 302, 307, 308}) {
    for (const char* elsewhere :
         {"https://api.github.com/repositories/41/issues/3", "/repos/o/other/issues/3",
          "/repositories/42/issues/4", "/repositories/42/issues/3/comments",
          "https://evil.example/repositories/42/issues/3"}) {
      CAPTURE(status);
      CAPTURE(elsewhere);
      GitHubWorld world;
      world.http.Answer(
          200,
          Json{{"id", 42}, {"full_name", "o/r"}, {"html_url", "https://github.com/o/r"}}.dump());
      REQUIRE(world.issues.About());
      world.http.Answer(status, "", {{"Location", elsewhere}});
      world.http.Answer(200, IssueJson().dump());
      const auto issue = world.issues.Get(3);
      CHECK_FALSE(issue);
      const bool is_permanent = status == 301 || status == 308;
      CHECK((WhyNot<Moved>(issue) != nullptr) == is_permanent);
      const auto* unavailable = WhyNot<Unavailable>(issue);
      REQUIRE((unavailable != nullptr) == !is_permanent);
      if (unavailable) CHECK(unavailable->message.find("approval.repo") != std::string::npos);
      CHECK(world.http.requests.size() == 2);
    }
  }
}

TEST_CASE("issues: a write follows no redirect to another repository either") {
  GitHubWorld world;
  world.http.Answer(307, "", {{"Location", "/repos/o/other/issues/3/comments"}});
  world.http.Answer(201, CommentJson(1, 7, "said").dump());
  CHECK_FALSE(world.issues.AddComment(3, "said"));
  CHECK(world.http.requests.size() == 1);
}

TEST_CASE("issues: a renamed repository is believed under the id that it is asked by") {
  const auto repo = [](int64_t id) {
    return Json{{"id", id}, {"full_name", "o/new"}, {"html_url", "https://github.com/o/new"}}
        .dump();
  };
  for (const int64_t id : {42, 43}) {
    GitHubWorld world;
    world.http.Answer(301, "", {{"Location", "https://api.github.com/repositories/42"}});
    world.http.Answer(200, repo(id));
    const auto about = world.issues.About();
    CHECK(about.has_value() == (id == 42));
    if (about) CHECK(about->full_name == "o/new");
  }
  for (const char* elsewhere : {"/repos/o/new", "https://evil.example/repositories/42"}) {
    GitHubWorld world;
    world.http.Answer(301, "", {{"Location", elsewhere}});
    world.http.Answer(200, repo(42));
    CHECK(WhyNot<Moved>(world.issues.About()));
  }
}

TEST_CASE("issues: who writes is asked nowhere else") {
  GitHubWorld world;
  world.http.Answer(302, "", {{"Location", "https://evil.example/user"}});
  world.http.Answer(200, kUser.dump());
  CHECK_FALSE(world.issues.WhoAmI());
}

TEST_CASE("issues: labels are made where missing, and removing twice is done") {
  GitHubWorld world;
  world.http.Answer(404, "{}");
  world.http.Answer(422,
                    R"({"message": "Validation Failed", "errors": [{"code": "already_exists"}]})");
  CHECK(world.issues.EnsureLabel({"needs review", "ededed", ""}) == false);
  CHECK(world.http.requests[0].url.ends_with("/labels/needs%20review"));
  world.clock.Advance(std::chrono::seconds(1));
  world.http.Answer(404, "{}");
  CHECK(world.issues.RemoveLabel(3, "approved") == false);
  CHECK(world.http.requests.back().method == "DELETE");
}

TEST_CASE("issues: only one's own text with the marker counts as sent") {
  GitHubWorld world;
  world.http.Answer(200, Json({CommentJson(1, 8, "mark"), CommentJson(2, 7, "other"),
                               CommentJson(3, 7, "a mark")})
                             .dump());
  const auto found = world.issues.FindComment(3, "mark", 7, kSampleTime);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->id == 3);
  world.http.Answer(200, Json::array({CommentJson(1, 8, "mark")}).dump());
  const auto of_others = world.issues.FindComment(3, "mark", 7, kSampleTime);
  REQUIRE(of_others);
  CHECK_FALSE(*of_others);
}

TEST_CASE("issues: a created issue is sent whole, and an answer cut off may mean it is there") {
  GitHubWorld world;
  world.http.Answer(201, IssueJson().dump().substr(0, 40));
  const auto made = world.issues.Create({"t", "b", {"pending"}, {"alice"}});
  REQUIRE(WhyNot<Unavailable>(made));
  CHECK(WhyNot<Unavailable>(made)->may_be_done);
  CHECK(Json::parse(world.http.requests[0].body) ==
        Json{{"title", "t"}, {"body", "b"}, {"labels", {"pending"}}, {"assignees", {"alice"}}});
}

}  // namespace jobgate::github
