#include "src/api/error_pattern.h"

#include <doctest/doctest.h>

#include "src/api/errors_json.h"

namespace jobgate {
namespace {

using std::chrono::seconds;

Failure FailureOf(const std::string& job, const std::string& line, Time at,
                  const std::string& error = "exit code 1") {
  return {"job_" + job, "import", at, error, line};
}

}  // namespace

TEST_CASE("error pattern: what differs from case to case is left out") {
  const std::pair<const char*, const char*> cases[] = {
      {"row 1207 of 99 failed", "row <n> of <n> failed"},
      {"took 3.25s", "took <n>s"},
      {"worker12 died", "worker<n> died"},
      {"2026-01-31T23:59:59.123Z no answer", "<time> no answer"},
      {"[2026-01-31 23:59:59,001] no answer", "[<time>] no answer"},
      {"at 23:59:59+01:00 it stopped", "at <time> it stopped"},
      {"cannot open '/srv/a b.txt'", "cannot open <text>"},
      {"cannot open \"x\"", "cannot open <text>"},
      {"cannot open /srv/data/1.txt: No such file", "cannot open <path>: No such file"},
      {"./deploy.sh: line 3: x: not found", "<path>: line <n>: x: not found"},
      {"GET https://example.org/a?b=1 gave 503", "GET <path> gave <n>"},
      {"connect to 10.0.0.3:5432 refused", "connect to <address> refused"},
      {"commit 9fceb02d0ae598e9 is gone", "commit <hex> is gone"},
      {"at 0x7ffe12 in main", "at <hex> in main"},
      {"item 123e4567-e89b-12d3-a456-426614174000 lost", "item <id> lost"},
      {"job_01M80HG8013686NB2QM515K2E5 is gone", "<id> is gone"},
      {"don't panic", "don't panic"},
      {"deadbeef is a word of letters alone", "deadbeef is a word of letters alone"},
      {"a/b is no path from the root", "a/b is no path from the root"},
      {"  many \t blanks  ", "many blanks"},
      {"", ""}};
  for (const auto& [message, pattern] : cases) {
    const std::string given = message;
    CAPTURE(given);
    CHECK(ErrorPattern(message) == pattern);
  }
}

TEST_CASE("error pattern: it stays short, whatever the message is") {
  CHECK(ErrorPattern(std::string(100'000, 'x')).size() <= 300);
  CHECK(ErrorPattern(std::string(100'000, '7')) == "<n>");
  CHECK(ErrorPattern(std::string(100'000, '\'')).size() <= 310);
}

TEST_CASE("errors: the most frequent kind comes first, with its newest example and its jobs") {
  ErrorGroups groups;
  const Time now = FromUnixMs(1'767'225'600'000);
  groups.Add(FailureOf("C", "disk full", now));
  groups.Add(FailureOf("B", "cannot reach 10.0.0.2:80", now - seconds(1)));
  groups.Add(FailureOf("B", "cannot reach 10.0.0.1:80", now - seconds(2)));
  const Json json = groups.ToJson(10);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["pattern"] == "exit code 1: cannot reach <address>");
  CHECK(json[0]["count"] == 2);
  CHECK(json[0]["example"] == "exit code 1: cannot reach 10.0.0.2:80");
  CHECK(json[0]["lastAt"] == FormatTime(now - seconds(1)));
  CHECK(json[0]["firstAt"] == FormatTime(now - seconds(2)));
  CHECK(json[0]["jobs"] == Json{"job_B"});
  CHECK(json[0]["entrypoints"] == Json{{"import", 2}});
  CHECK(groups.ToJson(1).size() == 1);
}

TEST_CASE("errors: other exit codes and signals are other kinds, other runtimes are not") {
  ErrorGroups groups;
  const Time now = FromUnixMs(1'767'225'600'000);
  for (const char* error : {"exit code 1", "exit code 2", "killed by SIGKILL",
                            "timed out after 5.001s", "timed out after 6.2s"})
    groups.Add(FailureOf("A", "", now, error));
  CHECK(groups.ToJson(10).size() == 4);
}

TEST_CASE("errors: the last line is the last one that holds anything") {
  CHECK(LastLine("a\nb\n\n  \n") == "b");
  CHECK(LastLine("only") == "only");
  CHECK(LastLine("progress\r100%\rdone\r\n") == "done");
  CHECK(LastLine(" \n") == "");
}

}  // namespace jobgate
