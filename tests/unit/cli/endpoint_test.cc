#include "src/cli/endpoint.h"

#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kShow = "GET /api/v1/jobs/" + std::string(kId);

}  // namespace

TEST_CASE("endpoint: the nearest config upwards names address and token") {
  SmallWorld world;
  world.files.here = "/home/ann/project/src/deep";
  world.http.On(kShow, JobIn("queued"));
  CHECK(world.Run({"show", kId, "--json"}) == 0);
  CHECK(world.http.HeaderTo(kShow, "Authorization") == "Bearer secret");
  CHECK(world.http.HeaderTo(kShow, "X-Jobgate-Via") == "cli");
}

TEST_CASE("endpoint: --config goes before JOBGATE_CONFIG, which goes before the folder's own") {
  SmallWorld world;
  world.files.files["/a.json"] = {R"({"http": {"listen": "127.0.0.1:1"}})"};
  world.files.files["/b.json"] = {R"({"http": {"listen": "127.0.0.1:2"}})"};
  world.env["JOBGATE_CONFIG"] = "/b.json";
  world.http.Leave(-1);
  CHECK(world.Run({"list"}) == 6);
  CHECK(Has(world.err, "http://127.0.0.1:2 "));
  CHECK(world.Run({"list", "--config", "/a.json"}) == 6);
  CHECK(Has(world.err, "http://127.0.0.1:1 "));
}

TEST_CASE("endpoint: no daemon is exit 6 and says how to start one") {
  SmallWorld world;
  world.http.Leave(-1);
  CHECK(world.Run({"list"}) == 6);
  CHECK(world.err ==
        "jobgate: no daemon answers at http://127.0.0.1:8787 (cannot connect): start it with "
        "`jobgate serve --config /home/ann/project/config/jobs.json`; one that still runs with "
        "another store.path or http.listen has to be restarted\n");
}

TEST_CASE("endpoint: a config that cannot be parsed keeps nobody from the running daemon") {
  SmallWorld world;
  world.files.files["/home/ann/project/config/jobs.json"] = {"{ \"http\": "};
  world.http.On(kShow, JobIn("queued"));
  CHECK(world.Run({"show", kId, "--json"}) == 0);
  CHECK(Has(world.err, "cannot understand /home/ann/project/config/jobs.json"));
  CHECK(Has(world.err, "jobgate config check"));
  CHECK(world.http.HeaderTo(kShow, "Authorization") == "Bearer secret");
}

TEST_CASE(
    "endpoint: half-saved settings with an address of their own keep nobody from the daemon") {
  SmallWorld world;
  world.files.files["/home/ann/project/config/jobs.json"] = {
      R"({ "log": {"path": "x"}, "http" : { "listen" : "127.0.0.1:9000" },
           "store": { "type": "jsonl", "path": "/srv/jobs/jobs.jsonl" }, "queue": {"max)"};
  world.files.files["/srv/jobs/token"] = {"other\n", 0600};
  const std::string show = "GET http://127.0.0.1:9000/api/v1/jobs/" + std::string(kId);
  world.http.On(show, JobIn("queued"));
  CHECK(world.Run({"show", kId, "--json"}) == 0);
  CHECK(Has(world.err, "going on with http://127.0.0.1:9000"));
  CHECK(world.http.HeaderTo(show, "Authorization") == "Bearer other");
}

TEST_CASE("endpoint: JOBGATE_URL and JOBGATE_TOKEN need no config") {
  SmallWorld world;
  world.files.files.clear();
  world.env = {{"JOBGATE_URL", "http://build:9000/"}, {"JOBGATE_TOKEN", "mine"}};
  const std::string show = "GET http://build:9000/api/v1/jobs/" + std::string(kId);
  world.http.On(show, JobIn("queued"));
  CHECK(world.Run({"show", kId, "--json"}) == 0);
  CHECK(world.http.HeaderTo(show, "Authorization") == "Bearer mine");
}

TEST_CASE("endpoint: a JOBGATE_URL where nobody answers is named as such") {
  SmallWorld world;
  world.env = {{"JOBGATE_URL", "http://elsewhere:8787"}};
  world.http.Leave(-1);
  CHECK(world.Run({"list"}) == 6);
  CHECK(Has(world.err, "mend JOBGATE_URL"));
}

TEST_CASE("endpoint: the local token is never sent to another address than the config's") {
  SmallWorld world;
  world.env = {{"JOBGATE_URL", "http://elsewhere:8787"}};
  const std::string show = "GET http://elsewhere:8787/api/v1/jobs/" + std::string(kId);
  world.http.OnProblem(show, {Code::kUnauthorized, "a token is needed"});
  CHECK(world.Run({"show", kId}) == 5);
  CHECK(world.http.HeaderTo(show, "Authorization") == "");
  CHECK(Has(world.err, "set JOBGATE_TOKEN"));
}

TEST_CASE("endpoint: a wildcard listen address is called on loopback") {
  SmallWorld world;
  world.http.Leave(-1);
  for (const auto& [listen, url] :
       std::map<std::string, std::string>{{"0.0.0.0:1", "http://127.0.0.1:1 "},
                                          {"[::]:2", "http://[::1]:2 "},
                                          {"[::1]:3", "http://[::1]:3 "},
                                          {"10.0.0.7:4", "http://10.0.0.7:4 "}}) {
    const auto& address = listen;  // clang 14 captures no binding
    CAPTURE(address);
    world.files.files["/home/ann/project/config/jobs.json"] = {R"({"http": {"listen": ")" + listen +
                                                               "\"}}"};
    CHECK(world.Run({"list"}) == 6);
    CHECK(Has(world.err, url));
  }
}

TEST_CASE(
    "endpoint: a daemon that runs is called where it listens, whatever the file says by now") {
  SmallWorld world;
  world.http.Leave(-1);
  world.files.files["/home/ann/project/config/jobs.json"] = {
      R"({"http": {"listen": "127.0.0.1:2"}, "store": {"path": "data/jobs.db"}})"};
  world.files.files["/home/ann/project/data/jobs.db.lock"] = {
      R"({"pid":123,"startedAt":"2026-01-01T00:00:00.000Z","listen":"127.0.0.1:1","version":"0"})"};
  CHECK(world.Run({"list"}) == 6);
  CHECK(Has(world.err, "http://127.0.0.1:2 "));  // nobody has that number: it was left behind
  world.files.folders["/proc/123"] = true;
  CHECK(world.Run({"list"}) == 6);
  CHECK(Has(world.err, "http://127.0.0.1:1 "));
  for (const std::string text : {"", "{", "[]", R"({"pid":"123"})", R"({"pid":123})"}) {
    world.files.files["/home/ann/project/data/jobs.db.lock"] = {text};
    CHECK(world.Run({"list"}) == 6);
    CHECK(Has(world.err, "http://127.0.0.1:2 "));
  }
}

TEST_CASE("endpoint: a daemon is found by its store where the file gives no path, on either kind") {
  SmallWorld world;
  world.http.Leave(-1);
  world.files.folders["/proc/123"] = true;
  for (const auto& [type, file] :
       std::map<std::string, std::string>{{"sqlite", "jobs.db"}, {"jsonl", "jobs.jsonl"}}) {
    const std::string lock = "/home/ann/project/data/" + file + ".lock";
    world.files.files["/home/ann/project/config/jobs.json"] = {
        R"({"http": {"listen": "127.0.0.1:2"}, "store": {"type": ")" + type + "\"}}"};
    world.files.files[lock] = {R"({"pid":123,"listen":"127.0.0.1:1"})"};
    CHECK(world.Run({"list"}) == 6);
    CHECK(Has(world.err, "http://127.0.0.1:1 "));
    world.files.files.erase(lock);
  }
}

TEST_CASE("endpoint: store.path is relative to the parent of a folder named config") {
  CHECK(BaseDirectoryOf("/srv/app/config/jobs.json") == "/srv/app");
  CHECK(BaseDirectoryOf("/etc/jobgate/jobs.json") == "/etc/jobgate");
}

TEST_CASE("endpoint: no config anywhere is exit 2 and says what to do") {
  SmallWorld world;
  world.files.files.clear();
  CHECK(world.Run({"list"}) == 2);
  CHECK(Has(world.err, "jobgate init"));
}

TEST_CASE("endpoint: a token that is missing or unknown is told by where it comes from") {
  const Error refusal = {Code::kUnauthorized, "send `Authorization: Bearer …`"};
  const std::string list = "GET /api/v1/jobs?waits=true&limit=100";
  SmallWorld world;
  world.http.OnProblem(list, refusal);
  CHECK(world.Run({"list"}) == 5);
  CHECK(world.err ==
        "jobgate: the daemon at http://127.0.0.1:8787 does not know the token in "
        "/home/ann/project/data/token: set JOBGATE_TOKEN to the content of the file `token` beside "
        "its store\n");
  world.env["JOBGATE_TOKEN"] = "wrong";
  CHECK(world.Run({"list"}) == 5);
  CHECK(Has(world.err, "does not know the token in JOBGATE_TOKEN: "));
  world.env.clear();
  world.files.files["/home/ann/project/data/token"].content = "\n";
  CHECK(world.Run({"list"}) == 5);
  CHECK(Has(world.err, "/home/ann/project/data/token is empty"));
  world.files.files.erase("/home/ann/project/data/token");
  CHECK(world.Run({"list"}) == 5);
  CHECK(world.err ==
        "jobgate: no token for the daemon at http://127.0.0.1:8787: there is no file "
        "/home/ann/project/data/token: `jobgate serve` makes it on its first start. A "
        "daemon that still runs with another store.path has to be restarted; or set "
        "JOBGATE_TOKEN\n");
}

TEST_CASE("endpoint: a token that cannot be read is told where a token is asked for") {
  SmallWorld world;
  world.files.files["/home/ann/project/data/token"].permissions = 0;
  world.http.OnProblem("GET /api/v1/jobs?waits=true&limit=100",
                       {Code::kUnauthorized, "a token is needed"});
  CHECK(world.Run({"list"}) == 5);
  CHECK(Has(world.err, "Permission denied"));
  CHECK(Has(world.err, "run as the daemon's user"));
}

}  // namespace jobgate
