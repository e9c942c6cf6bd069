#include "approvals/github/rest_client.h"

#include <doctest/doctest.h>

#include "tests/unit/github/github_world.h"

namespace jobgate::github {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kDate = "Thu, 01 Jan 2026 00:00:10 GMT";  // ten seconds after kSampleTime
const std::string kReset = std::to_string(ToUnixMs(kSampleTime) / 1000 + 130);

// The kind of answer, as a word.
std::string Kind(const Answer<RestReply>& answer) {
  if (answer) return "ok";
  constexpr const char* kNames[] = {"not modified", "moved",   "gone",    "not found",  "denied",
                                    "unauthorized", "limited", "invalid", "unavailable"};
  return kNames[answer.error().index()];
}

std::string Ask(GitHubWorld& world, const std::string& method = "GET") {
  const auto answer = world.client.Send({method, "/x"});
  if (!answer) CHECK(Describe(answer.error()).find(kToken) == std::string::npos);
  return Kind(answer);
}

Duration WaitOf(const GitHubWorld& world) {
  return world.client.NotBefore(false) - world.clock.monotonic;
}

}  // namespace

TEST_CASE("github: every request says who asks, for what version, with the token in a header") {
  GitHubWorld world("https://ghe.example.com:8443/api/v3/");
  world.http.Answer(200, "{}");
  CHECK(Ask(world) == "ok");
  CHECK(world.http.requests[0].url == "https://ghe.example.com:8443/api/v3/x");
  CHECK(world.http.Header(0, "user-agent") == "jobgate");
  CHECK(world.http.Header(0, "accept") == "application/vnd.github+json");
  CHECK(world.http.Header(0, "x-github-api-version") == "2022-11-28");
  CHECK(world.http.Header(0, "authorization") == std::string("Bearer ") + kToken);
}

TEST_CASE("github: each status is one kind of answer") {
  struct Row {
    int status;
    std::string body;
    HttpHeaders headers;
    std::string kind;
  };
  const Row rows[] = {
      {200, "{}", {}, "ok"},
      {204, "", {}, "ok"},
      {200, "{\"a\":", {}, "unavailable"},
      {200, "<html>", {}, "unavailable"},
      {200, "{\"a\":1,\"a\":2}", {}, "unavailable"},
      {200, "{\"a\":\"x\\u0000y\"}", {}, "ok"},
      {304, "", {}, "unavailable"},  // nobody asked for that
      {301, "", {}, "unavailable"},  // without a Location
      {400, "{}", {}, "invalid"},
      {401, "{}", {}, "unauthorized"},
      {403, R"({"message": "Resource not accessible"})", {}, "denied"},
      {403, R"({"message": "You have exceeded a secondary rate limit"})", {}, "limited"},
      {403, "{}", {{"Retry-After", "7"}}, "limited"},
      {403, "{}", {{"X-RateLimit-Remaining", "0"}}, "limited"},
      {404, "{}", {}, "not found"},
      {410, "{}", {}, "gone"},
      {422, "{}", {}, "invalid"},
      {429, "", {}, "limited"},
      {500, "", {}, "unavailable"},
      {502, "<html>", {}, "unavailable"},
      {503, "", {}, "unavailable"},
  };
  for (const Row& row : rows) {
    GitHubWorld world;
    world.http.Answer(row.status, row.body, row.headers);
    CHECK_MESSAGE(Ask(world) == row.kind, row.status, " ", row.body);
  }
}

TEST_CASE("github: denied names the permissions that are missing") {
  GitHubWorld world;
  world.http.Answer(403, R"({"message": "Resource not accessible by personal access token"})",
                    {{"X-Accepted-GitHub-Permissions", "issues=write"}});
  const auto answer = world.client.Send({"POST", "/x"});
  REQUIRE(WhyNot<Denied>(answer));
  CHECK(WhyNot<Denied>(answer)->permissions_needed == "issues=write");
  CHECK(Describe(answer.error()).find("the token needs issues=write") != std::string::npos);
}

TEST_CASE("github: an ETag goes back as it came, and 304 is told from an empty list") {
  GitHubWorld world;
  world.http.Answer(200, "[]", {{"ETag", "W/\"a b\""}});
  const auto first = world.client.Send({"GET", "/x"});
  REQUIRE(first);
  world.http.Answer(304);
  RestRequest again{"GET", "/x"};
  again.etag = first->etag;
  CHECK(Kind(world.client.Send(again)) == "not modified");
  CHECK(world.http.Header(1, "if-none-match") == "W/\"a b\"");
}

TEST_CASE("github: waiting follows what GitHub says, by GitHub's own clock") {
  struct Row {
    int status;
    HttpHeaders headers;
    Duration least, most;
  };
  const HttpHeaders used_up = {
      {"Date", kDate}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", kReset}};
  const Row rows[] = {
      {403, used_up, seconds(121), seconds(121)},
      {429, used_up, seconds(121), seconds(121)},
      {200, used_up, seconds(121), seconds(121)},
      {403,
       {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "99999999999"}},
       hours(1),
       hours(1)},
      {403,
       {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "soon"}},
       seconds(60),
       seconds(60)},
      {429, {{"Retry-After", "7"}, {"X-RateLimit-Remaining", "0"}}, seconds(7), seconds(7)},
      {429, {{"Retry-After", "999999999999999999999"}}, seconds(60), seconds(60)},
      {429, {}, seconds(60), seconds(60)},
      {503, {{"Retry-After", "30"}}, seconds(30), seconds(30)},
      {503, {}, Duration(500), seconds(1)},
  };
  for (const Row& row : rows) {
    GitHubWorld world;
    world.http.Answer(row.status, "{}", row.headers);
    Ask(world);
    CHECK_MESSAGE(WaitOf(world) >= row.least, row.status);
    CHECK_MESSAGE(WaitOf(world) <= row.most, row.status);
    const size_t sent = world.http.requests.size();
    CHECK(Ask(world) != "ok");
    CHECK(world.http.requests.size() == sent);  // too early: nothing goes out
    world.clock.Advance(WaitOf(world));
    world.http.Answer(200, "{}");
    CHECK(Ask(world) == "ok");
  }
}

TEST_CASE("github: secondary limits without a word double, failures back off to a minute") {
  GitHubWorld world;
  for (const int wanted : {60, 120, 240}) {
    world.http.Answer(429);
    Ask(world);
    CHECK(WaitOf(world) == seconds(wanted));
    world.clock.Advance(WaitOf(world));
  }
  for (int i = 0; i < 12; ++i) {
    world.http.Answer(500);
    Ask(world);
    CHECK(WaitOf(world) <= seconds(60));
    if (i >= 6) CHECK(WaitOf(world) >= seconds(30));
    world.clock.Advance(WaitOf(world));
  }
}

TEST_CASE("github: writes are a second apart, reads are not held up by them") {
  GitHubWorld world;
  world.http.Answer(201, "{}");
  CHECK(Ask(world, "POST") == "ok");
  const auto second = world.client.Send({"POST", "/x"});
  REQUIRE(WhyNot<RateLimited>(second));
  CHECK(WhyNot<RateLimited>(second)->limit == Limit::kSpacing);
  CHECK(RetryAt(second.error()) == world.clock.monotonic + seconds(1));
  world.http.Answer(200, "{}");
  CHECK(Ask(world) == "ok");
  world.clock.Advance(seconds(1));
  world.http.Answer(201, "{}");
  CHECK(Ask(world, "POST") == "ok");
}

TEST_CASE("github: a write that broke off may be done, one that never left is not") {
  for (const Code code : {Code::kUnavailable, Code::kUnreachable}) {
    GitHubWorld world;
    world.http.Break(code);
    const auto answer = world.client.Send({"POST", "/x"});
    REQUIRE(WhyNot<Unavailable>(answer));
    CHECK(WhyNot<Unavailable>(answer)->may_be_done == (code == Code::kUnavailable));
  }
}

TEST_CASE("github: redirects keep the token at home") {
  GitHubWorld world;
  SUBCASE("the same origin") {
    world.http.Answer(301, "", {{"Location", "/repositories/1"}});
    world.http.Answer(200, "{}");
    CHECK(Ask(world) == "ok");
    CHECK(world.http.requests[1].url == "https://api.github.com/repositories/1");
    CHECK(!world.http.Header(1, "authorization").empty());
  }
  SUBCASE("another origin, and back") {
    world.http.Answer(302, "", {{"Location", "https://evil.example/x"}});
    world.http.Answer(307, "", {{"Location", "https://api.github.com/y"}});
    world.http.Answer(200, "{}");
    CHECK(Ask(world) == "ok");
    CHECK(world.http.Header(1, "authorization").empty());
    CHECK(world.http.Header(2, "authorization").empty());
  }
  SUBCASE("another port is another origin") {
    world.http.Answer(302, "", {{"Location", "https://api.github.com:444/x"}});
    world.http.Answer(200, "{}");
    Ask(world);
    CHECK(world.http.Header(1, "authorization").empty());
  }
  SUBCASE("out of TLS") {
    world.http.Answer(302, "", {{"Location", "http://api.github.com/x"}});
    CHECK(Ask(world) == "unavailable");
    CHECK(world.http.requests.size() == 1);
  }
  SUBCASE("a write to another origin") {
    world.http.Answer(307, "", {{"Location", "https://evil.example/x"}});
    CHECK(Ask(world, "POST") == "moved");
    CHECK(world.http.requests.size() == 1);
  }
  SUBCASE("in a circle") {
    for (int i = 0; i < 10; ++i) world.http.Answer(302, "", {{"Location", "/x"}});
    CHECK(Ask(world) == "unavailable");
    CHECK(world.http.requests.size() == 4);
  }
}

TEST_CASE("github: pages follow the link at home, and only its number elsewhere") {
  struct Row {
    std::string link, second;
  };
  const Row rows[] = {
      {"<https://api.github.com/repositories/1/x?page=2>; rel=\"next\", <https://a/>; rel=\"last\"",
       "https://api.github.com/repositories/1/x?page=2"},
      {"<https://evil.example/x?per_page=1&page=2>; rel=\"next\"",
       "https://api.github.com/x?per_page=1&page=2"},
      {"<https://evil.example/x?after=abc>; rel=\"next\"",
       "https://api.github.com/x?per_page=1&page=2"},
  };
  for (const Row& row : rows) {
    GitHubWorld world;
    world.http.Answer(200, "[1]", {{"Link", row.link}, {"ETag", "\"one\""}});
    world.http.Answer(200, "[2]", {{"ETag", "\"two\""}});
    Json seen = Json::array();
    const auto etag = world.client.ForEachPage({"GET", "/x?per_page=1"}, [&](const Json& page) {
      seen.push_back(page);
      return true;
    });
    REQUIRE(etag);
    CHECK(*etag == "\"one\"");
    CHECK(seen == Json({{1}, {2}}));
    CHECK(world.http.requests[1].url == row.second);
  }
}

TEST_CASE("github: half a list is no list") {
  GitHubWorld world;
  world.http.Answer(200, "[1]", {{"Link", "<https://api.github.com/x?page=2>; rel=\"next\""}});
  world.http.Answer(502);
  CHECK_FALSE(world.client.ForEachPage({"GET", "/x"}, [](const Json&) { return true; }));
  GitHubWorld endless;
  for (int i = 0; i < RestClient::kPagesMax + 1; ++i)
    endless.http.Answer(200, "[1]", {{"Link", "<https://api.github.com/x?page=2>; rel=\"next\""}});
  CHECK_FALSE(endless.client.ForEachPage({"GET", "/x"}, [](const Json&) { return true; }));
  CHECK(endless.http.requests.size() == RestClient::kPagesMax);
}

TEST_CASE("github: a refused token is read anew once, and sent again only if it is another") {
  GitHubWorld world;
  world.http.Answer(401);
  CHECK(Ask(world) == "unauthorized");
  CHECK(world.http.requests.size() == 1);
  world.clock.Advance(seconds(60));
  world.http.Answer(200, "{}");
  CHECK(Ask(world) == "ok");
  world.env["GITHUB_TOKEN"] = "ghp_new";
  world.http.Answer(401);
  world.http.Answer(200, "{}");
  CHECK(Ask(world) == "ok");
  CHECK(world.http.Header(-1, "authorization") == "Bearer ghp_new");
}

TEST_CASE("github: the difference of the clocks comes from the Date header") {
  GitHubWorld world;
  CHECK_FALSE(world.client.ClockDifference());
  world.http.Answer(200, "{}", {{"Date", kDate}});
  Ask(world);
  CHECK(world.client.ClockDifference() == Duration(10'500));
}

}  // namespace jobgate::github
