#include <doctest/doctest.h>

#include "src/cli/params.h"
#include "src/cli/sse.h"
#include "src/cli/text.h"
#include "src/cli/view/events.h"
#include "src/cli/view/jobs.h"
#include "src/cli/view/table.h"
#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

const Time kNow = FromUnixMs(1'767'225'600'000);

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("table: no line is wider than the terminal, whatever its width and contents") {
  const Json jobs = {JobIn("running", {{"entrypoint", std::string(64, 'e')},
                                       {"startedAt", "2025-12-31T23:59:00.000Z"},
                                       {"progress", "wide 世界 " + std::string(200, 'p')}}),
                     JobIn("dead_lettered", {{"lastError", "exit 1\nand a second line"}})};
  for (int columns = 1; columns <= 250; ++columns) {
    CAPTURE(columns);
    for (const std::string& line : LinesOf(JobTable(jobs, {kNow, columns, false})))
      CHECK(DisplayWidth(line) <= columns);
  }
}

TEST_CASE("table: ids stay whole down to a narrow terminal") {
  for (const int columns : {60, 80, 120})
    CHECK(Has(JobTable(Json::array({JobIn("queued")}), {kNow, columns, false}), kId));
}

TEST_CASE("table: without a terminal nothing is shortened") {
  const std::string error(300, 'x');
  CHECK(Has(JobTable(Json::array({JobIn("failed", {{"lastError", error}})}), {kNow, 0, false}),
            error));
}

TEST_CASE("colours: only on a terminal, and not with NO_COLOR or a dumb one") {
  const auto colored = [](bool terminal, const std::map<std::string, std::string>& env) {
    SmallWorld world;
    world.terminal = terminal;
    world.columns = 100;
    world.env = env;
    world.http.On("GET /api/v1/jobs?limit=100", {{"jobs", {JobIn("failed")}}, {"nextCursor", {}}});
    world.Run({"list"});
    return Has(world.out, "\x1b[");
  };
  CHECK(colored(true, {}));
  CHECK_FALSE(colored(false, {}));
  CHECK_FALSE(colored(true, {{"NO_COLOR", "1"}}));
  CHECK_FALSE(colored(true, {{"TERM", "dumb"}}));
}

TEST_CASE("names from outside cannot send escapes to the terminal") {
  SmallWorld world;
  world.terminal = true;
  world.columns = 200;
  world.env["NO_COLOR"] = "1";
  const Json job = JobIn("failed", {{"lastError",
                                     "\x1b]0;owned\x07 \xc2\x9b"
                                     "31m \xe2\x80\xae"},
                                    {"requester", "os:\x1b[2J"}});
  world.http.On("GET /api/v1/jobs?limit=100", {{"jobs", {job}}, {"nextCursor", {}}});
  world.http.On("GET /api/v1/jobs/" + std::string(kId), job);
  CHECK(world.Run({"list"}) == 0);
  CHECK_FALSE(Has(world.out, "\x1b"));
  CHECK_FALSE(Has(world.out, "\xc2\x9b"));
  CHECK(world.Run({"show", kId}) == 0);
  CHECK_FALSE(Has(world.out, "\x1b"));
  CHECK_FALSE(Has(world.out, "\xe2\x80\xae"));
}

TEST_CASE("relative times have one unit and read both ways") {
  const auto at = [](std::chrono::seconds away) { return RelativeTime(kNow, kNow + away); };
  CHECK(at(std::chrono::seconds(0)) == "now");
  CHECK(at(std::chrono::seconds(-12)) == "12s ago");
  CHECK(at(std::chrono::minutes(-3)) == "3m ago");
  CHECK(at(std::chrono::hours(21)) == "in 21h");
  CHECK(at(std::chrono::hours(24) - std::chrono::seconds(1)) == "in 24h");
  CHECK(at(std::chrono::seconds(1)) == "in 1s");
  CHECK(at(std::chrono::hours(24 * 5)) == "in 5d");
}

TEST_CASE("text: widths count columns, and shortening never splits a character") {
  CHECK(DisplayWidth("a…b") == 3);
  CHECK(DisplayWidth("世界") == 4);
  CHECK(DisplayWidth("e\xcc\x81") == 1);
  CHECK(Shorten("abcdef", 4) == "abc…");
  CHECK(Shorten("世界世界", 6) == "世界…");
  CHECK(Shorten("abc", 3) == "abc");
  CHECK(OneLine("a\nb\xff") == "a\\nb\\xff");
}

TEST_CASE("text: argv is quoted where a shell would need it") {
  CHECK(QuotedArgv({"./run.sh", "a b", "it's", "", "{x}"}) == "./run.sh 'a b' 'it'\\''s' '' {x}");
}

TEST_CASE("events: a sentence with actor and what matters of the payload") {
  Json event = EventOf(1, "job:retrying",
                       {{"attempt", 2},
                        {"step", "run"},
                        {"exitCode", 1},
                        {"error", "exit code 1"},
                        {"try", 1},
                        {"runAfter", "2026-01-01T00:00:05.000Z"}});
  CHECK(EventInWords(event, kNow) ==
        "failed, will be tried again: attempt 2, exit code 1, next try in 5s");
  event = EventOf(1, "job:rejected", {{"reason", "not today"}});
  event["actor"] = "os:bob";
  CHECK(EventInWords(event, kNow) == "rejected by os:bob: not today");
  CHECK(EventInWords(EventOf(1, "job:brand_new"), kNow) == "job brand new");
}

TEST_CASE("events: a line never exceeds the terminal") {
  const Json event = EventOf(1, "job:failed", {{"error", std::string(500, 'x')}});
  for (int columns = 20; columns < 120; ++columns) {
    CAPTURE(columns);
    std::string line = EventLine(event, {kNow, columns, false});
    line.pop_back();
    CHECK(DisplayWidth(line) <= columns);
  }
}

TEST_CASE("server-sent events: cut anywhere, with comments, CRLF and data of several lines") {
  const std::string text =
      ": hello\n\nid: 7\r\nevent: job:failed\r\ndata: one\ndata:two\n\ndata: three\n\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    std::vector<ServerSentEvent> events;
    SseParser parser([&](const ServerSentEvent& event) {
      events.push_back(event);
      return true;
    });
    CHECK(parser.Feed(std::string_view(text).substr(0, cut)));
    CHECK(parser.Feed(std::string_view(text).substr(cut)));
    REQUIRE(events.size() == 2);
    CHECK(events[0].id == "7");
    CHECK(events[0].event == "job:failed");
    CHECK(events[0].data == "one\ntwo");
    CHECK(events[1].id == "7");
    CHECK(events[1].event == "");
  }
}

TEST_CASE("server-sent events: an event without its empty line is not one yet") {
  int events = 0;
  SseParser parser([&](const ServerSentEvent&) { return ++events < 0; });
  CHECK(parser.Feed("data: half\n"));
  CHECK(events == 0);
  CHECK_FALSE(parser.Feed("\n"));
  CHECK(events == 1);
}

}  // namespace jobgate
