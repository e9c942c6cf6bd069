#include "approvals/github/issue_witnesses.h"

#include <doctest/doctest.h>

#include "tests/unit/github/github_world.h"

namespace jobgate::github {
namespace {

std::string Text(int64_t seq) {
  return "Succeeded.\n\n" + TextOf(Imprint{.job_id = "job_01KDVQ0000000000000000AAAA",
                                           .head = {seq, std::string(64, 'a')},
                                           .origin = "9f86d081884c",
                                           .message_id = "msg_01KDVQ0000000000000000BBBB"});
}

Json Written(const std::string& login, const std::string& body,
             const Json& changes = Json::object()) {
  Json json = {{"id", 1},
               {"body", body},
               {"html_url", "https://github.com/o/r/issues/3#1"},
               {"user", {{"id", 7}, {"login", login}, {"type", "User"}}},
               {"created_at", "2026-01-01T00:00:00Z"},
               {"updated_at", "2026-01-01T00:00:00Z"}};
  json.update(changes);
  return json;
}

Json IssueBy(const std::string& login, const std::string& body) {
  return Written(login, body,
                 {{"number", 3},
                  {"title", "t"},
                  {"state", "open"},
                  {"labels", Json::array()},
                  {"updated_at", "2026-01-02T00:00:00Z"}});
}

struct Asked : GitHubWorld {
  Asked() {
    http.Answer(
        200, Json{{"id", 42}, {"full_name", "o/r"}, {"html_url", "https://github.com/o/r"}}.dump());
  }
  void IsRobot() { http.Answer(200, Json{{"id", 7}, {"login", "robot"}, {"type", "User"}}.dump()); }
  void Lists(const Json& said, const Json& opened) {
    http.Answer(200, said.dump());
    http.Answer(200, opened.dump());
  }
};

std::vector<int64_t> SeqsOf(const IssueWitnesses& witnesses) {
  std::vector<int64_t> seqs;
  for (const IssueWitness& text : witnesses.texts) seqs.push_back(text.imprint.head.seq);
  return seqs;
}

}  // namespace

TEST_CASE("witnesses: what the token's own account wrote on issues, in two lists") {
  Asked world;
  world.IsRobot();
  world.Lists({Written("robot", Text(5)), Written("will", Text(4)), Written("robot", "hello"),
               Written("robot", Text(3), {{"updated_at", "2026-01-01T00:00:09Z"}}),
               Written("robot", Text(2), {{"user", nullptr}})},
              {IssueBy("robot", Text(1)), IssueBy("robot", "```\n" + Text(9) + "```")});
  const auto witnesses = ReadWitnesses(world.issues, "");
  REQUIRE(witnesses);
  CHECK(witnesses->account == "robot");
  CHECK(SeqsOf(*witnesses) == std::vector<int64_t>{5, 3, 1});
  CHECK_FALSE(witnesses->texts[0].is_edited);
  CHECK(witnesses->texts[1].is_edited);
  CHECK_FALSE(witnesses->texts[2].is_edited);  // an issue changes with everything said on it
  CHECK(witnesses->texts[0].url == "https://github.com/o/r/issues/3#1");
  CHECK_FALSE(witnesses->has_older);
  CHECK(world.http.requests[2].url ==
        "https://api.github.com/repos/o/r/issues/comments?sort=created&direction=desc&"
        "per_page=100");
  CHECK(world.http.requests[3].url ==
        "https://api.github.com/repos/o/r/issues?state=all&creator=robot&sort=created&"
        "direction=desc&per_page=100");
}

TEST_CASE("witnesses: another account can be named, in any case") {
  Asked world;
  world.Lists({Written("robot", Text(5)), Written("will", Text(4))}, Json::array());
  const auto witnesses = ReadWitnesses(world.issues, "Robot");
  REQUIRE(witnesses);
  CHECK(SeqsOf(*witnesses) == std::vector<int64_t>{5});
  CHECK(world.http.requests[2].url.find("creator=Robot&") != std::string::npos);
}

TEST_CASE("witnesses: reading ends at a bound, and says that there is more") {
  Asked world;
  world.IsRobot();
  Json page = Json::array();
  for (int i = 0; i < 100; ++i) page.push_back(Written("robot", Text(5)));
  const std::string next =
      "<https://api.github.com/repositories/42/issues/comments?page=2>; "
      "rel=\"next\"";
  for (int i = 0; i < 11; ++i) world.http.Answer(200, page.dump(), {{"Link", next}});
  world.http.Answer(200, "[]");
  const auto witnesses = ReadWitnesses(world.issues, "");
  REQUIRE(witnesses);
  CHECK(witnesses->texts.size() == kWitnessCommentsMax);
  CHECK(witnesses->has_older);
}

TEST_CASE("witnesses: half of them are none") {
  Asked world;
  world.IsRobot();
  world.http.Answer(200, Json({Written("robot", Text(5))}).dump());
  world.http.Answer(503);
  CHECK(WhyNot<Unavailable>(ReadWitnesses(world.issues, "")));
}

}  // namespace jobgate::github
