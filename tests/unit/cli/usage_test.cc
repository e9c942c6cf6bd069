#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int Lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("usage: a wrong command line is exit 2, one line, and asks no daemon") {
  const std::vector<std::vector<std::string>> wrong = {
      {"sbmit", "hello"},
      {"submit"},
      {"submit", "hello", "--prority", "high"},
      {"submit", "hello", "--priority", "urgent"},
      {"submit", "hello", "--delay", "5"},
      {"submit", "hello", "there"},
      {"list", "--state", "done"},
      {"list", "--limit", "0"},
      {"logs", kId, "--attempt", "many"},
      {"resolve", kId, "--as", "maybe"},
      {"worker", "halt"},
  };
  for (const auto& arguments : wrong) {
    CAPTURE(arguments.back());
    SmallWorld world;
    CHECK(world.Run(arguments) == 2);
    CHECK(world.out.empty());
    CHECK(Lines(world.err) == 1);
    CHECK(Has(world.err, "--help`"));
    CHECK(world.http.Asked().empty());
  }
}

TEST_CASE("usage: an unset variable for a filter, an id or a file asks no daemon for everything") {
  const std::vector<std::vector<std::string>> empty = {
      {"cancel", "--entrypoint", ""},
      {"cancel", "--correlation", ""},
      {"cancel", ""},
      {"dlq", "clear", "--entrypoint", "", "--yes"},
      {"dlq", "retry", "--all", "--reason", ""},
      {"list", "--correlation="},
      {"cancel", "--entrypoint=", "--dry-run"},
      {"logs", "--correlation", ""},
      {"fail", "", "--reason", "x"},
      {"show", ""},
      {"events", "--job", ""},
      {"submit", ""},
      {"breaker", "reset", ""},
      {"store", "backup", ""},
      {"--config", "", "health"},
  };
  for (const auto& arguments : empty) {
    CAPTURE(arguments.front());
    SmallWorld world;
    CHECK(world.Run(arguments) == 2);
    CHECK(Lines(world.err) == 1);
    CHECK(Has(world.err, "--help`"));
    CHECK(world.http.Asked().empty());
  }
}

TEST_CASE("usage: what cannot begin a job's id is said to be none, not an unknown path") {
  for (const char* id : {"/", "..", "../jobs", "x y", "?a=b", "#", "\xc3\xbc"}) {
    CAPTURE(id);
    SmallWorld world;
    CHECK(world.Run({"show", id}) == 2);
    CHECK(Has(world.err, "'" + std::string(id) + "' is not the beginning of a job's id"));
    CHECK(world.http.Asked().empty());
  }
}

TEST_CASE("usage: help of a command that takes a time says how times are written") {
  SmallWorld world;
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"submit"}, {"run"}, {"extend"}, {"stuck"}, {"errors"}, {"dlq", "list"}}) {
    std::vector<std::string> words = command;
    words.push_back("--help");
    CHECK(world.Run(words) == 0);
    CHECK(Has(world.out, "TIME has a unit: 250ms, 10s, 10m, 72h, 3d"));
  }
}

TEST_CASE("usage: a mistyped command or option is told what it may have been") {
  SmallWorld world;
  CHECK(world.Run({"sbmit"}) == 2);
  CHECK(Has(world.err, "did you mean 'submit'?"));
  CHECK(world.Run({"submit", "hello", "--prority=high"}) == 2);
  CHECK(Has(world.err, "did you mean '--priority'?"));
  CHECK(world.Run({"dlq", "lst"}) == 2);
  CHECK(Has(world.err, "jobgate dlq: unknown command 'lst', did you mean 'list'?"));
}

TEST_CASE("usage: every command has a help with an example and its own usage line") {
  const std::vector<std::string> commands = {
      "submit", "run",      "list",    "show",   "explain", "logs",       "events",
      "cancel", "priority", "retry",   "dlq",    "waiting", "approve",    "reject",
      "extend", "resolve",  "serve",   "health", "stats",   "worker",     "doctor",
      "batch",  "intake",   "breaker", "init",   "config",  "completion", "version"};
  SmallWorld world;
  CHECK(world.Run({"--help"}) == 0);
  const std::string overview = world.out;
  for (const std::string& command : commands) {
    CAPTURE(command);
    CHECK(Has(overview, "\n  " + command + " "));
    CHECK(world.Run({command, "--help"}) == 0);
    CHECK(Has(world.out, "Usage: jobgate " + command));
    CHECK(Has(world.out, "Examples:\n  "));
    CHECK(world.err.empty());
    const std::string help = world.out;
    CHECK(world.Run({"help", command}) == 0);
    CHECK(world.out == help);
  }
}

TEST_CASE("usage: without a command the help goes to stderr and it is exit 2") {
  SmallWorld world;
  CHECK(world.Run({}) == 2);
  CHECK(world.out.empty());
  CHECK(Has(world.err, "Usage: jobgate"));
  CHECK(world.Run({"worker"}) == 2);
  CHECK(Has(world.err, "Usage: jobgate worker"));
}

TEST_CASE("usage: --json and --config count before and after the command") {
  SmallWorld world;
  world.files.files["/etc/other.json"] = {R"({"http": {"listen": "127.0.0.1:9000"}})"};
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--json", "--config", "/etc/other.json", "show", kId},
           {"show", kId, "--json", "--config", "/etc/other.json"}}) {
    world.http.On("GET http://127.0.0.1:9000/api/v1/jobs/" + std::string(kId), JobIn("queued"));
    CHECK(world.Run(arguments) == 0);
    CHECK(ParseJson(world.out).value()["id"] == kId);
  }
}

TEST_CASE("usage: a value that is also a command's name is a value") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  CHECK(world.Run({"submit", "list"}) == 0);
  CHECK(world.http.BodyTo("POST /api/v1/jobs")["entrypoint"] == "list");
}

TEST_CASE("usage: version needs no config and no daemon") {
  SmallWorld world;
  world.files.files.clear();
  CHECK(world.Run({"version"}) == 0);
  CHECK(world.out.starts_with("jobgate "));
  CHECK(world.Run({"version", "--json"}) == 0);
  CHECK(world.out.starts_with("{\"version\":"));
}

TEST_CASE("usage: serve gets the config that was found, as an absolute path") {
  SmallWorld world;
  CHECK(world.Run({"serve"}) == 0);
  CHECK(world.served_config == "/home/ann/project/config/jobs.json");
  CHECK(world.Run({"serve", "--config", "nowhere.json"}) == 2);
  CHECK(Has(world.err, "/home/ann/project/nowhere.json"));
}

TEST_CASE("serve: ends with the exit code of the daemon") {
  SmallWorld world;
  for (int code : {0, 1, 2}) {
    world.serve_exit_code = code;
    CHECK(world.Run({"serve"}) == code);
  }
}

TEST_CASE("serve: its help promises nothing that it does not do") {
  SmallWorld world;
  CHECK(world.Run({"serve", "--help"}) == 0);
  CHECK_FALSE(Has(world.out, "SIGHUP"));
}

TEST_CASE("usage: the completion script knows commands, commands below them, and flags") {
  SmallWorld world;
  CHECK(world.Run({"completion", "bash"}) == 0);
  CHECK(Has(world.out, "\"dlq retry\""));
  CHECK(Has(world.out, "--priority"));
  CHECK(Has(world.out, "complete -o default -F _jobgate jobgate"));
  CHECK(world.Run({"completion", "fish"}) == 2);
}

}  // namespace jobgate
