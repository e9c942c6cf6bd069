#include "src/supervisor/protocol.h"

#include <doctest/doctest.h>

#include "src/base/json.h"
#include "src/supervisor/frame.h"

namespace jobgate::wire {
namespace {

SpawnRequest WholeRequest() {
  SpawnRequest request;
  request.id = {"job_01", 3};
  request.argv = {"echo", "", "\xff\xfe", "ü"};
  request.env = {{"A", "1"}, {"B", "\xff"}};
  request.cwd = "/somewhere";
  request.dir = "/runs/job_01/3";
  request.params = R"({"a":1})";
  request.redact = {"k", std::string("\0x", 2)};
  request.timeout = Duration(1500);
  request.kill_grace = Duration(20);
  request.log_bytes_max = int64_t{5} << 30;
  return request;
}

ExitRecord WholeRecord(ExitStatus status) {
  return {{"job_01", 3}, std::move(status),        Duration(77), Duration(88),
          {12, 3456},    std::string("\"\0\"", 3), "{}",         "5 of 6"};
}

template <typename Message>
Message ThroughOrder(const Message& message) {
  const auto order = DecodeOrder(Encode(message));
  REQUIRE_MESSAGE(order, (order ? "" : order.error().message));
  return std::get<Message>(*order);
}

template <typename Message>
Message ThroughNews(const Message& message) {
  const auto news = DecodeNews(Encode(message));
  REQUIRE_MESSAGE(news, (news ? "" : news.error().message));
  return std::get<Message>(*news);
}

}  // namespace

TEST_CASE("protocol: a spawn request arrives as it was sent, also bytes that are not UTF-8") {
  const SpawnRequest sent = WholeRequest();
  const SpawnRequest got = ThroughOrder(sent);
  CHECK(got.id == sent.id);
  CHECK(got.argv == sent.argv);
  CHECK(got.env == sent.env);
  CHECK(got.cwd == sent.cwd);
  CHECK(got.dir == sent.dir);
  CHECK(got.params == sent.params);
  CHECK(got.redact == sent.redact);
  CHECK(got.timeout == sent.timeout);
  CHECK(got.kill_grace == sent.kill_grace);
  CHECK(got.log_bytes_max == sent.log_bytes_max);
}

TEST_CASE("protocol: an exit record arrives as it was sent, whatever the outcome") {
  for (const ExitStatus& status : {ExitStatus(Exited{255}), ExitStatus(Signaled{9}),
                                   ExitStatus(TimedOut{15}), ExitStatus(SpawnFailed{"why \xff"})}) {
    const ExitRecord sent = WholeRecord(status);
    const ExitRecord got = ThroughNews(sent);
    CHECK(got.id == sent.id);
    CHECK(got.status.index() == status.index());
    CHECK(got.runtime == sent.runtime);
    CHECK(got.since_end == sent.since_end);
    CHECK(got.usage == sent.usage);
    CHECK(got.result == sent.result);
    CHECK(got.request == sent.request);
    CHECK(got.progress == sent.progress);
  }
  ExitRecord bare = WholeRecord(Exited{0});
  bare.result = bare.request = bare.progress = std::nullopt;
  CHECK_FALSE(ThroughNews(bare).result);
  CHECK(std::get<Exited>(ThroughNews(WholeRecord(Exited{255})).status).code == 255);
  CHECK(std::get<SpawnFailed>(ThroughNews(WholeRecord(SpawnFailed{"why \xff"})).status).why ==
        "why \xff");
}

TEST_CASE("protocol: the other messages arrive as they were sent") {
  const std::vector<AttemptId> ids = {{"job_a", 1}, {"job_b", 2}};
  CHECK(ThroughOrder(Hello{kProtocol, 5}).pid == 5);
  CHECK(ThroughOrder(StopAttempt{ids[0], Duration(5)}).grace == Duration(5));
  CHECK(ThroughOrder(AcknowledgeAttempt{ids[1]}).id == ids[1]);
  CHECK(ThroughOrder(KillLeftoversOf{ids}).ids == ids);
  ThroughOrder(Resync{});
  const Welcome welcome = ThroughNews(Welcome{kProtocol, "abc", 7, ids, 2, {"x", "y"}});
  CHECK(welcome.incarnation == "abc");
  CHECK(welcome.running == ids);
  CHECK(welcome.ended_count == 2);
  CHECK(welcome.left == std::vector<std::string>{"x", "y"});
  CHECK(ThroughNews(Refused{"no"}).why == "no");
  CHECK(ThroughNews(Fenced{9}).pid == 9);
  CHECK(ThroughNews(AttemptStarted{ids[0], 8}).pid == 8);
  CHECK(ThroughNews(AttemptProgress{ids[0], "50 %"}).line == "50 %");
  CHECK(ThroughNews(LeftoversKilled{ids}).ids == ids);
}

TEST_CASE("protocol: hello of another protocol still tells its number") {
  const auto order = DecodeOrder(R"({"type":"hello","protocol":99,"whatever":[]})");
  REQUIRE(order);
  CHECK(std::get<Hello>(*order).protocol == 99);
}

TEST_CASE("protocol: anything but a whole message is refused") {
  for (const char* body :
       {"", "null", "[]", "{}", R"({"type":5})", R"({"type":"no"})", R"({"type":"ack"})",
        R"({"type":"ack","id":5})", R"({"type":"ack","id":["job"]})",
        R"({"type":"ack","id":["job",0]})", R"({"type":"ack","id":["job",1.5]})",
        R"({"type":"ack","id":["job",99999999999999999999]})", R"({"type":"ack","id":["",1]})",
        R"({"type":"stop","id":["job",1],"graceMs":-1})",
        R"({"type":"stop","id":["job",1],"graceMs":1e300})",
        R"({"type":"killLeftovers","ids":[["job",1],7]})", R"({"type":"hello","protocol":1})"}) {
    CAPTURE(body);
    CHECK_FALSE(DecodeOrder(body));
    CHECK_FALSE(DecodeNews(body));
  }
}

TEST_CASE("protocol: a spawn request with a field missing or wrong is refused") {
  const std::string whole = Encode(WholeRequest());
  REQUIRE(DecodeOrder(whole));
  const Json good = Json::parse(whole);
  for (const auto& item : good.items()) {
    const std::string& key = item.key();
    CAPTURE(key);
    Json without = good;
    without.erase(key);
    CHECK_FALSE(DecodeOrder(without.dump()));
    for (const Json& wrong : {Json(nullptr), Json(true), Json(-1), Json::array({Json::array()})}) {
      Json bad = good;
      bad[key] = wrong;
      CHECK_FALSE(DecodeOrder(bad.dump()));
    }
  }
  for (const auto& [key, wrong] :
       std::vector<std::pair<const char*, Json>>{{"argv", Json::array()},
                                                 {"cwd", "relative"},
                                                 {"dir", ""},
                                                 {"argv", Json::array({Json{{"hex", "6100"}}})},
                                                 {"argv", Json::array({Json{{"hex", "6"}}})},
                                                 {"argv", Json::array({Json{{"hex", "zz"}}})},
                                                 {"env", Json{{"A=B", "1"}}},
                                                 {"env", Json{{"", "1"}}}}) {
    Json bad = good;
    bad[key] = wrong;
    CHECK_FALSE(DecodeOrder(bad.dump()));
  }
}

TEST_CASE("frames: every cut of the stream gives the same frames") {
  std::string stream;
  for (const char* body : {"one", "", "three"}) AppendFrame(stream, body);
  for (size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    FrameReader reader;
    std::vector<std::string> frames;
    for (size_t at = 0; at < stream.size(); at += chunk) {
      reader.Append(std::string_view(stream).substr(at, chunk));
      for (auto frame = reader.Next(); *frame; frame = reader.Next()) frames.emplace_back(**frame);
    }
    CHECK(frames == std::vector<std::string>{"one", "", "three"});
  }
}

TEST_CASE("frames: a length over the bound is an error before its bytes come") {
  FrameReader reader;
  reader.Append(std::string("\x7f\xff\xff\xff", 4));
  CHECK_FALSE(reader.Next());
}

}  // namespace jobgate::wire
