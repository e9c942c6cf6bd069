#include "approvals/watcher/letter_carrier.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "approvals/github/imprint.h"
#include "approvals/issue_observation.h"
#include "tests/unit/github/github_world.h"

namespace jobgate {
namespace {

constexpr int64_t kOwnId = 99;
const Json kOwn = {{"id", kOwnId}, {"login", "robot"}, {"type", "User"}};
const Json kMia = {{"id", 7}, {"login", "mia"}, {"type", "User"}};

// A request on its way to an issue of its own, or to issue 3.
struct Post {
  Post() {
    letter.message.id = "msg_1";
    letter.message.created_at = kSampleTime;
    message.title = "Approve deploy";
    message.body = "runs ./deploy.sh\n" + github::MarkerOf(letter.message.id) + "\n";
    message.nonce = "nonce";
    letter.message.request = Canonical(ToJson(message));
  }

  Json Issue(const std::string& body, const Json& author = kOwn) const {
    return {{"id", 5},
            {"number", 3},
            {"title", message.title},
            {"body", body},
            {"html_url", "https://github.com/o/r/issues/3"},
            {"state", "open"},
            {"user", author},
            {"labels", Json::array()},
            {"created_at", "2026-01-01T00:00:00Z"},
            {"updated_at", "2026-01-01T00:00:09Z"}};
  }
  Json Comment(int64_t id, const std::string& body, const Json& author = kOwn) const {
    return {{"id", id},
            {"body", body},
            {"user", author},
            {"html_url", "https://github.com/o/r/issues/3#1"},
            {"created_at", "2026-01-01T00:00:00Z"},
            {"updated_at", "2026-01-01T00:00:09Z"}};
  }
  github::Answer<DeliveryReport> Deliver() {
    const auto wait = [this](Duration until) {
      world.clock.Advance(until - world.clock.Monotonic());
      return true;
    };
    return LetterCarrier(world.issues, kOwnId, Duration::zero(), gone, unanswered, accepted, wait)
        .Deliver(letter);
  }
  DeliveryReport Delivered() {
    const auto report = Deliver();
    REQUIRE(report);
    REQUIRE(report->parked.empty());
    return *report;
  }
  int64_t Sent(const std::string& method) const {
    return std::ranges::count_if(world.http.requests,
                                 [&](const HttpRequest& one) { return one.method == method; });
  }

  github::GitHubWorld world;
  SecondOpinion gone{world.clock};
  SecondOpinion unanswered{world.clock};
  AcceptedTexts accepted;
  Letter letter;
  IssueMessage message;
};

std::string HashOf(const Json& issue) {
  return TextHash(github::IssueFrom(issue).value());
}

}  // namespace

TEST_CASE(
    "letters: an issue that is there already counts as it was sent, whatever it says by now") {
  for (const char* said : {"", "runs something harmless\n"}) {
    CAPTURE(said);
    Post post;
    const Json as_sent = post.Issue(post.message.body);
    Json there = as_sent;
    if (*said) there["body"] = said + github::MarkerOf("msg_1");
    post.world.http.Answer(200, Json::array({there}).dump());
    CHECK(post.Delivered().posted.text_hash == HashOf(as_sent));
    CHECK(post.Sent("POST") == 0);
  }
}

TEST_CASE("letters: a comment that is there already counts as it was sent too") {
  Post post;
  post.letter.issue = 3;
  post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
  post.world.http.Answer(
      200, Json::array({post.Comment(8, "harmless " + github::MarkerOf("msg_1"))}).dump());
  const PostedRequest posted = post.Delivered().posted;
  CHECK(posted.comment_id == 8);
  CHECK(posted.text_hash ==
        TextHash(github::CommentFrom(post.Comment(8, post.message.body)).value()));
  CHECK(post.Sent("POST") == 0);
}

TEST_CASE("letters: somebody else's copy of a text with its marker is none") {
  Post post;
  post.letter.issue = 3;
  post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
  post.world.http.Answer(200, Json::array({post.Comment(8, post.message.body, kMia)}).dump());
  post.world.http.Answer(201, post.Comment(9, post.message.body).dump());
  CHECK(post.Delivered().posted.comment_id == 9);
  CHECK(post.Sent("POST") == 1);
}

TEST_CASE("letters: a label that stands is not taken for gone because GitHub says so once") {
  Post post;
  post.letter.issue = 3;
  post.message.remove_labels = {"approved"};
  post.letter.message.request = Canonical(ToJson(post.message));
  Json standing = post.Issue("an older matter", kMia);
  standing["labels"] = {"Approved"};
  post.world.http.Answer(200, standing.dump());
  post.world.http.Answer(404, "{}");
  post.world.http.Answer(200, standing.dump());
  CHECK_FALSE(post.Deliver());
  CHECK(post.Sent("POST") == 0);
  post.world.clock.Advance(SecondOpinion::kAfter);
  post.world.http.Answer(200, standing.dump());
  post.world.http.Answer(200, "[]");
  post.world.http.Answer(200, "[]");
  post.world.http.Answer(201, post.Comment(9, post.message.body).dump());
  CHECK(post.Delivered().posted.comment_id == 9);
  CHECK(post.Sent("DELETE") == 2);
}

TEST_CASE("letters: a server that fails does not confirm that an issue is gone") {
  Post post;
  post.letter.issue = 3;
  const auto deliver = [&](int second_status) {
    post.world.http.Answer(404, "{}");
    post.world.http.Answer(second_status, "{}");
    auto report = post.Deliver();
    post.world.clock.Advance(std::chrono::minutes(2));
    return report;
  };
  CHECK_FALSE(deliver(502));
  CHECK_FALSE(deliver(502));
  CHECK_FALSE(deliver(404));
  const auto parked = deliver(404);
  REQUIRE(parked);
  CHECK(parked->is_gone);
}

TEST_CASE("letters: somebody who cannot be assigned keeps no request from being made") {
  Post post;
  post.message.assignees = {"nobody"};
  post.letter.message.request = Canonical(ToJson(post.message));
  post.world.http.Answer(200, "[]");
  post.world.http.Answer(422, R"({"message": "Validation Failed"})");
  post.world.http.Answer(201, post.Issue(post.message.body).dump());
  CHECK(post.Delivered().issue == 3);
  CHECK_FALSE(Json::parse(post.world.http.requests.back().body).contains("assignees"));
}

TEST_CASE("letters: people are assigned on an issue that was there before too") {
  Post post;
  post.letter.issue = 3;
  post.message.assignees = {"mia"};
  post.letter.message.request = Canonical(ToJson(post.message));
  for (const int status : {201, 422}) {
    post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
    post.world.http.Answer(200, Json::array({post.Comment(8, post.message.body)}).dump());
    post.world.http.Answer(status, "{}");
    CHECK(post.Delivered().posted.comment_id == 8);
    CHECK(post.world.http.requests.back().url.ends_with("/issues/3/assignees"));
    post.world.clock.Advance(github::Pace::kWritesApart);
  }
}

TEST_CASE("letters: what was sent without an answer is looked for before it is sent again") {
  for (const bool shows_late : {true, false}) {
    CAPTURE(shows_late);
    Post post;
    const Json there = post.Issue(post.message.body);
    post.world.http.Answer(200, "[]");
    post.world.http.Break(Code::kUnavailable);
    CHECK_FALSE(post.Deliver());
    post.world.clock.Advance(std::chrono::seconds(2));
    post.world.http.Answer(200, "[]");  // a list that lags behind
    const auto early = post.Deliver();
    CHECK(github::WhyNot<github::Unsure>(early));
    CHECK(post.Sent("POST") == 1);
    post.world.clock.Advance(SecondOpinion::kAfter);
    post.world.http.Answer(200, shows_late ? Json::array({there}).dump() : "[]");
    if (!shows_late) post.world.http.Answer(201, there.dump());
    CHECK(post.Delivered().issue == 3);
    CHECK(post.Sent("POST") == (shows_late ? 1 : 2));
  }
}

TEST_CASE("letters: a comment that a failing server may have taken is looked for too") {
  Post post;
  post.letter.issue = 3;
  const auto find_nothing = [&] {
    post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
    post.world.http.Answer(200, "[]");
  };
  find_nothing();
  post.world.http.Answer(502, "{}");
  CHECK_FALSE(post.Deliver());
  post.world.clock.Advance(std::chrono::seconds(2));
  find_nothing();
  CHECK_FALSE(post.Deliver());
  CHECK(post.Sent("POST") == 1);
}

TEST_CASE("letters: what GitHub accepted is not sent again because what comes after it fails") {
  Post post;
  post.letter.issue = 3;
  post.message.assignees = {"mia"};
  post.letter.message.request = Canonical(ToJson(post.message));
  post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
  post.world.http.Answer(200, "[]");
  post.world.http.Answer(201, post.Comment(9, post.message.body).dump());
  post.world.http.Answer(502, "{}");
  CHECK_FALSE(post.Deliver());
  post.world.clock.Advance(std::chrono::minutes(2));
  post.world.http.Answer(200, post.Issue("an older matter", kMia).dump());
  post.world.http.Answer(201, "{}");
  CHECK(post.Delivered().posted.comment_id == 9);
  CHECK(post.Sent("POST") == 3);
}

TEST_CASE("letters: an issue that was made is not made again before the engine has heard of it") {
  Post post;
  post.world.http.Answer(200, "[]");
  post.world.http.Answer(201, post.Issue(post.message.body).dump());
  CHECK(post.Delivered().issue == 3);
  CHECK(post.Delivered().issue == 3);
  CHECK(post.Sent("POST") == 1);
  post.accepted.Forget(post.letter.message.id);
  post.world.http.Answer(200, Json::array({post.Issue(post.message.body)}).dump());
  CHECK(post.Delivered().issue == 3);
  CHECK(post.world.http.requests.back().method == "GET");
}

TEST_CASE("letters: one without words takes the label off and says nothing") {
  Post post;
  post.letter.issue = 3;
  post.message = IssueMessage{};
  post.message.remove_labels = {"approved"};
  post.message.label_event = 12;
  post.letter.message.request = Canonical(ToJson(post.message));
  Json standing = post.Issue("an older matter", kMia);
  standing["labels"] = {"approved"};
  post.world.http.Answer(200, standing.dump());
  post.world.http.Answer(200, Json::array({{{"id", 12},
                                            {"event", "labeled"},
                                            {"actor", kMia},
                                            {"label", {{"name", "approved"}}},
                                            {"created_at", "2026-01-01T00:00:00Z"}}})
                                  .dump());
  post.world.http.Answer(200, "[]");
  CHECK(post.Delivered().issue == 3);
  CHECK(post.Sent("DELETE") == 1);
  CHECK(post.Sent("POST") == 0);
}

TEST_CASE("letters: that the requester's account is gone is believed once it was said in a row") {
  Post post;
  post.letter.requester_login = "mia";
  const std::string role =
      Json({{"permission", "write"}, {"role_name", "write"}, {"user", kMia}}).dump();
  post.world.http.Answer(404, "{}");
  CHECK_FALSE(post.Deliver());
  post.world.http.Answer(200, role);
  post.world.http.Answer(500, "{}");
  CHECK_FALSE(post.Deliver());
  post.world.clock.Advance(SecondOpinion::kAfter);
  post.world.http.Answer(404, "{}");
  CHECK(github::WhyNot<github::Unsure>(post.Deliver()));
}

}  // namespace jobgate
