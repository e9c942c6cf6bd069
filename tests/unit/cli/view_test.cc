#include <doctest/doctest.h>

#include "src/cli/params.h"
#include "src/cli/sse.h"
#include "src/cli/text.h"
#include "src/cli/view/dead_letters.h"
#include "src/cli/view/events.h"
#include "src/cli/view/jobs.h"
#include "src/cli/view/operation.h"
#include "src/cli/view/story.h"
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

TEST_CASE("table: no line is wider than the terminal, or than an id, whatever its contents") {
  const Json jobs = {JobIn("running", {{"entrypoint", std::string(64, 'e')},
                                       {"startedAt", "2025-12-31T23:59:00.000Z"},
                                       {"progress", "wide 世界 " + std::string(200, 'p')}}),
                     JobIn("dead_lettered", {{"lastError", "exit 1\nand a second line"}})};
  for (int columns = 1; columns <= 250; ++columns) {
    CAPTURE(columns);
    for (const std::string& line : LinesOf(JobTable(jobs, {kNow, columns, false})))
      CHECK(DisplayWidth(line) <= std::max(columns, DisplayWidth(kId)));
  }
}

TEST_CASE("table: ids stay whole on any terminal, and the other columns give way") {
  const Json job = JobIn("waiting_approval", {{"entrypoint", std::string(40, 'e')}});
  const Json entry = {{"job", job}, {"reason", "exit code 1"}, {"attempts", 3}};
  const Json worker = {{"jobs", {{{"id", kId}, {"entrypoint", "e"}, {"runningMs", 5}}}}};
  Story story;
  story.job = JobIn("failed", {{"retriedAs", kId}, {"parentId", kId}});
  for (const int columns : {1, 10, 30, 40, 60, 80, 120}) {
    CAPTURE(columns);
    const Look look = {kNow, columns, false};
    CHECK(Has(JobTable(Json::array({job}), look), kId));
    CHECK(Has(DeadLetterTable(Json::array({entry}), look), kId));
    CHECK(Has(WorkerPage(worker, look), kId));
    CHECK(Has(EventLine(EventOf(1, "job:dlq", {{"reason", "exit code 1"}}), look), kId));
    CHECK(Has(StoryPage(story, look), "retried as  " + std::string(kId)));
  }
  CHECK(Has(JobTable(Json::array({job}), {kNow, 40, false}), std::string(kId) + "  waiting"));
}

TEST_CASE("jobs: one that runs says for how long its present attempt does, where that is known") {
  const Json first = JobIn("running", {{"attempts", 1}, {"startedAt", "2025-12-31T23:59:00.000Z"}});
  CHECK(JobNote(first, kNow) == "for 1m");
  Json later = first;
  later.update({{"attempts", 2}, {"step", "apply"}, {"progress", "42 copying"}});
  CHECK(JobNote(later, kNow) == "attempt 2, step apply: 42 copying");
  later["runningSince"] = "2025-12-31T23:59:55.000Z";
  CHECK(JobNote(later, kNow) == "for 5.0s, attempt 2, step apply: 42 copying");
  later.update({{"state", "succeeded"}, {"finishedAt", "2026-01-01T00:00:00.000Z"}});
  CHECK(JobNote(later, kNow) == "1m after its first start");
}

TEST_CASE("jobs: what waits says for how long, and what a drain stopped says so") {
  CHECK(JobNote(JobIn("queued", {{"updatedAt", "2025-12-31T23:59:58.000Z"}}), kNow) ==
        "waits for 2s");
  CHECK(JobNote(JobIn("queued", {{"updatedAt", "2025-12-31T23:59:58.000Z"},
                                 {"waitsFor", {{"what", "slots"}, {"detail", "all are busy"}}}}),
                kNow) == "waits for 2s: all are busy");
  CHECK(JobNote(JobIn("interrupted", {{"lastError", "stopped by a drain after 5s"}}), kNow) ==
        "stopped by a drain after 5s, see `jobgate explain`");
  CHECK(JobNote(JobIn("interrupted", {{"lastError", "its supervisor was killed"}}), kNow) ==
        "outcome unknown, see `jobgate explain`");
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
    world.http.On("GET /api/v1/jobs?waits=true&limit=100",
                  {{"jobs", {JobIn("failed")}}, {"nextCursor", {}}});
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
  world.http.On("GET /api/v1/jobs?waits=true&limit=100", {{"jobs", {job}}, {"nextCursor", {}}});
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

TEST_CASE("events: every member of a payload is told in words, and nothing twice") {
  const auto told = [](const std::string& type, const Json& payload) {
    return EventInWords(EventOf(1, type, payload), kNow);
  };
  CHECK(told("job:approved", {{"approvalsMissing", 1}, {"via", "cli"}}) ==
        "approved: 1 more approval needed, via cli");
  CHECK(told("job:started", {{"attempt", 2}, {"step", "plan"}, {"planCheck", true}}) ==
        "started: attempt 2, step plan, once more, to check what was approved");
  CHECK(told("job:approved", {{"approvalsMissing", 2}}) == "approved: 2 more approvals needed");
  CHECK(told("job:expired", {{"expiredAt", "2025-12-31T23:59:00.000Z"}}) ==
        "approval expired: at 2025-12-31T23:59:00.000Z");
  CHECK(told("job:drifted", {{"differences", {"argv: \"a\" is now \"b\"", "cwd: moved"}}}) ==
        "would run something else than was approved, back at the gate: argv: \"a\" is now \"b\"; "
        "cwd: moved");
  CHECK(told("job:dlq", {{"exitCode", 1}, {"reason", "exit code 1 (try 3 of 3)"}}) ==
        "failed for good, dead-lettered: exit code 1 (try 3 of 3)");
  CHECK(told("job:dlq", {{"exitCode", 1}, {"reason", "exit code 12 is permanent"}}) ==
        "failed for good, dead-lettered: exit code 1, exit code 12 is permanent");
  CHECK(told("worker:stopped", {{"drain", true}}) ==
        "the worker stopped: what still runs is stopped after its grace");
  CHECK(told("worker:stopped", {{"drain", false}}) == "the worker stopped");
  CHECK(told("job:new", {{"someKeys", {"a", "b"}}}) == "job new: some keys a; b");
}

TEST_CASE("events: a reload tells what changed and no empty lists") {
  Json payload = {{"path", "config/jobs.json"},
                  {"revision", "b"},
                  {"previousRevision", "a"},
                  {"changesOmitted", 0},
                  {"trigger", "file"}};
  payload["needsRestart"] = payload["secretsChanged"] = Json::array();
  payload["changes"] = {{{"pointer", "/queue/maxConcurrent"}, {"old", 3}, {"new", 5}},
                        {{"pointer", "/entrypoints/x"}, {"old", "y"}, {"new", nullptr}}};
  CHECK(EventInWords(EventOf(1, "config:reloaded", payload), kNow) ==
        "settings reloaded: /queue/maxConcurrent: 3 → 5; /entrypoints/x: \"y\" → nothing, path "
        "config/jobs.json, previous revision a, revision b, trigger file");
}

TEST_CASE("events: a deadline that has passed is told by its time, one ahead by its distance") {
  const auto told = [](const std::string& at) {
    return EventInWords(EventOf(1, "job:waiting_approval", {{"expiresAt", at}}), kNow);
  };
  CHECK(told("2026-01-01T21:00:00.000Z") == "waits for approval: expires in 21h");
  CHECK(told("2025-12-31T23:59:59.900Z") == "waits for approval: until 2025-12-31T23:59:59.900Z");
  CHECK(EventInWords(EventOf(1, "job:retrying", {{"runAfter", "2025-12-31T23:00:00.000Z"}}),
                     kNow) == "failed, will be tried again: next try at 2025-12-31T23:00:00.000Z");
}

TEST_CASE("events: only an attempt that no drain stopped has an end that nobody knows") {
  const auto told = [](const std::string& reason) {
    return EventInWords(EventOf(1, "job:interrupted", {{"attempt", 1}, {"reason", reason}}), kNow);
  };
  CHECK(told("stopped by a drain after 5s") ==
        "interrupted: attempt 1, stopped by a drain after 5s");
  CHECK(told("the supervisor was killed") ==
        "interrupted, nobody knows how it ended: attempt 1, the supervisor was killed");
}

TEST_CASE("events: a line never exceeds the terminal") {
  const Json event = EventOf(1, "job:failed", {{"error", std::string(500, 'x')}});
  for (int columns = 20; columns < 120; ++columns) {
    CAPTURE(columns);
    std::string line = EventLine(event, {kNow, columns, false});
    line.pop_back();
    CHECK(DisplayWidth(line) <= std::max(columns, DisplayWidth(kId)));
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
