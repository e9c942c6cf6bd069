#include "src/supervisor/protocol.h"

#include <doctest/doctest.h>

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
  request.limits = {int64_t{1} << 33, 64, 3600, 1024};
  request.seal = SealOrder{"/sealed/job_01.3", "/srv", std::string(40, 'c'), {{"a", "hash"}}};
  return request;
}

ExitRecord WholeRecord(ExitStatus status) {
  return {{"job_01", 3}, std::move(status), Duration(77),
          Duration(88),  {12, 3456},        std::string("\"\0\"", 3),
          "{}",          "5 of 6",          std::string(64, 'a')};
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
  CHECK(got.limits == sent.limits);
  CHECK(got.seal == sent.seal);
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
    CHECK(got.stdout_sha256 == sent.stdout_sha256);
  }
  ExitRecord bare = WholeRecord(Exited{0});
  bare.result = bare.request = bare.progress = bare.stdout_sha256 = std::nullopt;
  CHECK_FALSE(ThroughNews(bare).result);
  CHECK_FALSE(ThroughNews(bare).stdout_sha256);
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
  CHECK(ThroughOrder(PrepareAttempt{WholeRequest()}).request.argv == WholeRequest().argv);
  CHECK(ThroughOrder(StartPrepared{ids[1]}).id == ids[1]);
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
  const std::string whole = Encode(Hello{99, 5}) + "whatever that version says more";
  const auto order = DecodeOrder(whole);
  REQUIRE(order);
  CHECK(std::get<Hello>(*order).protocol == 99);
  const auto news = DecodeNews(Encode(Welcome{99, "", 0, {}, 0, {}}) + "\x80");
  REQUIRE(news);
  CHECK(std::get<Welcome>(*news).protocol == 99);
}

TEST_CASE("protocol: a message cut short, or with bytes after its end, is refused") {
  for (const std::string& whole :
       {Encode(WholeRequest()), Encode(PrepareAttempt{WholeRequest()}),
        Encode(StartPrepared{{"job_01", 3}}), Encode(Hello{kProtocol, 5}),
        Encode(StopAttempt{{"job_01", 3}, Duration(70'000)}),
        Encode(KillLeftoversOf{{{"job_a", 1}, {"job_b", 300}}})}) {
    REQUIRE(DecodeOrder(whole));
    for (size_t size = 0; size < whole.size(); ++size)
      CHECK_FALSE(DecodeOrder(std::string_view(whole).substr(0, size)));
    CHECK_FALSE(DecodeOrder(whole + "x"));
    CHECK_FALSE(DecodeNews(whole));
  }
  const std::string record = Encode(WholeRecord(SpawnFailed{"why"}));
  for (size_t size = 0; size < record.size(); ++size)
    CHECK_FALSE(DecodeNews(std::string_view(record).substr(0, size)));
}

TEST_CASE("protocol: no byte of a message can be changed into something that is read past it") {
  const std::string whole = Encode(WholeRequest());
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = whole;
      changed[at] = static_cast<char>(byte);
      const auto order = DecodeOrder(changed);
      if (!order || !std::holds_alternative<SpawnRequest>(*order)) continue;
      const auto& request = std::get<SpawnRequest>(*order);
      CHECK_FALSE(request.argv.empty());
      CHECK(request.id.number >= 1);
      CHECK(request.cwd.starts_with('/'));
    }
  }
}

TEST_CASE("protocol: lengths and numbers that no message has are refused") {
  for (const std::string& body :
       {std::string(), std::string("?"), std::string("{}"), std::string("a"),
        std::string("a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),  // a length over all bounds
        std::string("a\x06job"), std::string("a\x01"),             // … and a negative one
        std::string("a\x06job\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),  // no end in time
        std::string("k\xfe\xff\xff\xff\x0f")})                                // more ids than bytes
    CHECK_FALSE(DecodeOrder(body));
}

TEST_CASE("protocol: a message with a field that cannot be right is refused") {
  const auto refused = [](auto change) {
    SpawnRequest request = WholeRequest();
    change(request);
    return !DecodeOrder(Encode(request)) && !DecodeOrder(Encode(PrepareAttempt{request}));
  };
  CHECK(refused([](SpawnRequest& request) { request.id.job_id.clear(); }));
  CHECK(refused([](SpawnRequest& request) { request.id.number = 0; }));
  CHECK(refused([](SpawnRequest& request) { request.argv.clear(); }));
  CHECK(refused([](SpawnRequest& request) { request.argv[1] = std::string("a\0b", 3); }));
  CHECK(refused([](SpawnRequest& request) { request.env["A=B"] = "1"; }));
  CHECK(refused([](SpawnRequest& request) { request.env[""] = "1"; }));
  CHECK(refused([](SpawnRequest& request) { request.env["A"] = std::string("a\0", 2); }));
  CHECK(refused([](SpawnRequest& request) { request.cwd = "relative"; }));
  CHECK(refused([](SpawnRequest& request) { request.dir.clear(); }));
  CHECK(refused([](SpawnRequest& request) { request.timeout = Duration(-1); }));
  CHECK(refused([](SpawnRequest& request) { request.kill_grace = Duration::max(); }));
  CHECK(refused([](SpawnRequest& request) { request.log_bytes_max = -1; }));
  CHECK(refused([](SpawnRequest& request) { request.limits.memory_mb = -1; }));
  CHECK(refused([](SpawnRequest& request) { request.limits.memory_mb = INT64_MAX; }));
  CHECK(refused([](SpawnRequest& request) { request.limits.processes = -1; }));
  CHECK(refused([](SpawnRequest& request) { request.limits.cpu_seconds = -1; }));
  CHECK(refused([](SpawnRequest& request) { request.limits.open_files = -1; }));
  CHECK(refused([](SpawnRequest& request) { request.seal->folder = "sealed"; }));
  CHECK(refused([](SpawnRequest& request) { request.seal->source = ""; }));
  CHECK(refused([](SpawnRequest& request) {
    request.seal->commit.clear();
    request.seal->files.clear();
  }));
  CHECK_FALSE(DecodeOrder(Encode(StopAttempt{{"job", 1}, Duration(-1)})));
  CHECK_FALSE(DecodeOrder(Encode(AcknowledgeAttempt{{"", 1}})));
  CHECK_FALSE(DecodeOrder(Encode(KillLeftoversOf{{{"job", 1}, {"job", 0}}})));
  CHECK_FALSE(DecodeOrder(Encode(Hello{kProtocol, 0})));
  CHECK_FALSE(DecodeOrder(Encode(Hello{0, 5})));
  CHECK_FALSE(DecodeNews(Encode(AttemptStarted{{"job", 1}, 0})));
  CHECK_FALSE(DecodeNews(Encode(WholeRecord(Signaled{0}))));
  CHECK_FALSE(DecodeNews(Encode(WholeRecord(Exited{-1}))));
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
