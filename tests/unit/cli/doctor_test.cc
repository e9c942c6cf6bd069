#include "src/cli/doctor.h"

#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

// A healthy installation: what each test below takes away is the only thing wrong.
void Install(SmallWorld& world) {
  world.files.files["/home/ann/project/config/jobs.json"] = {
      R"({"entrypoints": {
            "hello": {"run": ["echo", "hi"]},
            "deploy": {"steps": [{"name": "apply", "run": ["./deploy.sh"]}]}}})"};
  world.files.files["/usr/bin/echo"] = {"", 0755};
  world.files.files["/home/ann/project/deploy.sh"] = {"", 0755};
  world.http.On("GET /system_health", {{"status", "healthy"}, {"version", JOBGATE_VERSION}});
  world.http.On("GET /api/v1/workers/status", {{"supervisorConnected", true}});
}

// The level of `check`; "" where it was not examined.
std::string LevelOf(SmallWorld& world, const std::string& check) {
  world.Run({"doctor", "--json"});
  const Json report = ParseJson(world.out).value();
  for (const Json& finding : report["checks"])
    if (finding["check"] == check) {
      if (finding["level"] != "ok") CHECK(finding["fix"].is_string());
      return finding["level"];
    }
  return "";
}

}  // namespace

TEST_CASE("doctor: a sound installation is all ok and exit 0") {
  SmallWorld world;
  Install(world);
  CHECK(world.Run({"doctor"}) == 0);
  CHECK(world.out.find("warn") == std::string::npos);
  CHECK(world.out.find("fail") == std::string::npos);
  CHECK(world.out.find("programs: 2 programs that entrypoints name") != std::string::npos);
  CHECK(world.out.find("sqlite: 3.40.1; before 3.51.3") != std::string::npos);
}

TEST_CASE("doctor: what fails is exit 1 and has a fix") {
  SUBCASE("token open to others") {
    SmallWorld world;
    Install(world);
    world.files.files["/home/ann/project/data/token"].permissions = 0644;
    CHECK(LevelOf(world, "token") == "fail");
    CHECK(world.Run({"doctor"}) == 1);
    CHECK(world.out.find("→ chmod 600 ") != std::string::npos);
  }
  SUBCASE("program missing") {
    SmallWorld world;
    Install(world);
    world.files.files.erase("/home/ann/project/deploy.sh");
    CHECK(LevelOf(world, "program") == "fail");
  }
  SUBCASE("program not executable") {
    SmallWorld world;
    Install(world);
    world.files.files["/home/ann/project/deploy.sh"].permissions = 0644;
    CHECK(LevelOf(world, "program") == "fail");
  }
  SUBCASE("store folder not writable") {
    SmallWorld world;
    Install(world);
    world.files.folders["/home/ann/project/data"] = false;
    CHECK(LevelOf(world, "store") == "fail");
  }
  SUBCASE("disk nearly full") {
    SmallWorld world;
    Install(world);
    world.files.space = {1, 100};
    CHECK(LevelOf(world, "disk") == "fail");
  }
}

TEST_CASE("doctor: a daemon without its supervisor fails") {
  SmallWorld world;
  world.http.On("GET /system_health", {{"status", "unhealthy"}, {"version", JOBGATE_VERSION}}, 503);
  world.http.On("GET /api/v1/workers/status", {{"supervisorConnected", false}});
  CHECK(LevelOf(world, "supervisor") == "fail");
  CHECK(LevelOf(world, "health") == "warn");
  CHECK(world.Run({"doctor"}) == 1);
}

TEST_CASE("doctor: no daemon is a failure that says how to start it, and the rest is examined") {
  SmallWorld world;
  Install(world);
  world.http.Leave(-1);
  CHECK(world.Run({"doctor"}) == 1);
  CHECK(world.out.find("start it with `jobgate serve") != std::string::npos);
  CHECK(world.out.find("programs:") != std::string::npos);
}

TEST_CASE("doctor: another version, self-approval and root are warnings, said loudly") {
  SmallWorld world;
  world.files.files["/home/ann/project/config/jobs.json"] = {
      R"({"entrypoints": {"deploy": {"steps": [{"name": "a", "run": ["echo"], "gate": true}]}}})"};
  world.files.files["/usr/bin/echo"] = {"", 0755};
  world.user = 0;
  world.http.On("GET /system_health", {{"status", "healthy"}, {"version", "0.0.1"}});
  world.http.On("GET /api/v1/workers/status", {{"supervisorConnected", true}});
  CHECK(LevelOf(world, "version") == "warn");
  CHECK(LevelOf(world, "self-approval") == "warn");
  CHECK(LevelOf(world, "user") == "warn");
  CHECK(world.Run({"doctor"}) == 0);
  CHECK(world.out.find("RUNNING AS ROOT") != std::string::npos);
}

TEST_CASE("doctor: a gate that nobody can open fails, and never for a gate that somebody can") {
  SmallWorld world;
  const auto gated = [&](const std::string& gate) {
    world.files.files["/home/ann/project/config/jobs.json"] = {
        R"({"entrypoints": {"deploy": {"steps": [{"name": "a", "run": ["echo"], "gate": )" + gate +
        "}]}}}"};
  };
  gated(R"({"allowSelfApproval": false})");
  CHECK(LevelOf(world, "gate") == "fail");
  CHECK(LevelOf(world, "self-approval") == "");
  world.Run({"doctor"});
  CHECK(world.out.find("deploy, step a: nobody can open its gate") != std::string::npos);
  gated("true");
  CHECK(LevelOf(world, "gate") == "");
  CHECK(LevelOf(world, "self-approval") == "warn");
}

TEST_CASE("doctor: invalid settings fail and point to config check") {
  SmallWorld world;
  world.files.files["/home/ann/project/config/jobs.json"] = {"{\"queu\": 1}"};
  CHECK(LevelOf(world, "config") == "fail");
}

TEST_CASE("doctor: versions compare by their numbers") {
  CHECK(VersionAtLeast("3.51.3", "3.51.3"));
  CHECK(VersionAtLeast("3.100.0", "3.51.3"));
  CHECK(VersionAtLeast("4.0", "3.51.3"));
  CHECK_FALSE(VersionAtLeast("3.40.1", "3.51.3"));
  CHECK_FALSE(VersionAtLeast("3.51", "3.51.3"));
}

}  // namespace jobgate
