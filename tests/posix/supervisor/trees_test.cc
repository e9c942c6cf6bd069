// What becomes of the processes that an attempt starts. Backend: subreaper and process-group walk.
#include <doctest/doctest.h>

#include <fcntl.h>

#include <csignal>
#include <fstream>

#include "src/base/unique_fd.h"
#include "src/supervisor/process_table.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

struct Way {
  const char* name;
  const char* command;  // runs "$0" as a shell script, in the background
};

// Each leaves a process that has no parent in the attempt any more, or none that is waited for.
const std::vector<Way> kWays = {
    {"child in the background", "sh $0 &"},
    {"ignored HUP", "nohup sh $0 &"},
    {"own process group", "set -m; sh $0 &"},
    {"own session", "setsid sh $0 &"},
    {"double fork", "(sh $0 &) &"},
    {"double fork and own session", "(setsid -f sh $0 &) &"},
    {"own session, environment cleared", "env -i setsid sh $0 &"},
    {"double fork, own session, environment cleared",
     "(env -i PATH=/usr/bin:/bin setsid -f sh $0 &) &"},
    {"TERM ignored", "(trap '' TERM; exec setsid sh $0) &"},
};

// The main process: starts a stayer by `way`, waits until it has written its pid to `name`, and
// then does `then`.
SpawnRequest WithStayer(const Folder& folder, const Way& way, const std::string& then,
                        const std::string& job = "job_a", const std::string& name = "pid") {
  const std::string file = folder.path() + "/" + name;
  const std::string stayer = "echo 'echo $$ > " + file + ".new; mv " + file + ".new " + file +
                             "; exec sleep 1000' > " + file + ".sh; ";
  std::string command = way.command;
  for (size_t at = 0; (at = command.find("$0", at)) != std::string::npos;)
    command.replace(at, 2, file + ".sh");
  return Shell(folder, job,
               stayer + command + "\nwhile [ ! -e " + file + " ]; do sleep 0.01; done; " + then);
}

}  // namespace

TEST_CASE("supervisor: when the main process ends, nothing that it started lives on") {
  for (const Way& way : kWays) {
    CAPTURE(way.name);
    const Folder folder;
    Daemon daemon(folder);
    const auto request = WithStayer(folder, way, "exit 3");
    daemon.client().Spawn(request);
    const ExitRecord record = daemon.Ended(request.id);
    CHECK_FALSE(IsAlive(NumberFrom(folder.path() + "/pid")));
    REQUIRE(std::holds_alternative<Exited>(record.status));
    CHECK(std::get<Exited>(record.status).code == 3);
  }
}

TEST_CASE("supervisor: a stop reaches the whole tree") {
  for (const Way& way : kWays) {
    CAPTURE(way.name);
    const Folder folder;
    Daemon daemon(folder);
    const auto request = WithStayer(folder, way, "sleep 1000");
    daemon.client().Spawn(request);
    const int stayer = NumberFrom(folder.path() + "/pid");
    daemon.client().Stop(request.id, Duration(10'000));
    const ExitRecord record = daemon.Ended(request.id);
    CHECK(std::holds_alternative<Signaled>(record.status));
    CHECK_FALSE(IsAlive(stayer));
  }
}

TEST_CASE("supervisor: a timeout reaches the whole tree") {
  for (const Way& way : kWays) {
    CAPTURE(way.name);
    const Folder folder;
    Daemon daemon(folder);
    auto request = WithStayer(folder, way, "sleep 1000");
    request.timeout = Duration(400);
    daemon.client().Spawn(request);
    CHECK(std::holds_alternative<TimedOut>(daemon.Ended(request.id).status));
    if (Exists(folder.path() + "/pid")) CHECK_FALSE(IsAlive(NumberFrom(folder.path() + "/pid")));
  }
}

TEST_CASE("supervisor: a tree that ignores TERM is killed after the grace") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a",
            "trap '' TERM; (echo $$ > $HERE/pid; while :; do sleep 1000; done) & "
            "sh -c 'echo $$ > $HERE/child; exec sleep 1000' & while :; do sleep 1000; done");
  daemon.client().Spawn(request);
  const int child = NumberFrom(folder.path() + "/child");
  daemon.client().Stop(request.id, Duration(100));
  const ExitRecord record = daemon.Ended(request.id);
  REQUIRE(std::holds_alternative<Signaled>(record.status));
  CHECK(std::get<Signaled>(record.status).signal == SIGKILL);
  CHECK_FALSE(IsAlive(child));
}

TEST_CASE("supervisor: a stop without grace kills at once") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a", "trap '' TERM; echo 1 > $HERE/up; while :; do sleep 1000; done");
  daemon.client().Spawn(request);
  NumberFrom(folder.path() + "/up");
  daemon.client().Stop(request.id, Duration::zero());
  CHECK(std::holds_alternative<Signaled>(daemon.Ended(request.id).status));
}

TEST_CASE("supervisor: a later stop may shorten the grace, not lengthen it") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a", "trap '' TERM; echo 1 > $HERE/up; while :; do sleep 1000; done");
  daemon.client().Spawn(request);
  NumberFrom(folder.path() + "/up");
  daemon.client().Stop(request.id, std::chrono::hours(1));
  daemon.client().Stop(request.id, Duration(50));
  daemon.client().Stop(request.id, std::chrono::hours(1));
  CHECK(std::holds_alternative<Signaled>(daemon.Ended(request.id).status));
}

TEST_CASE("supervisor: a stopped process acts on the TERM") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a",
                             "trap 'echo bye; exit 5' TERM; echo $$ > $HERE/main; kill -STOP $$; "
                             "while :; do sleep 0.01; done");
  daemon.client().Spawn(request);
  NumberFrom(folder.path() + "/main");
  daemon.client().Stop(request.id, Duration(10'000));
  const ExitRecord record = daemon.Ended(request.id);
  REQUIRE(std::holds_alternative<Exited>(record.status));
  CHECK(std::get<Exited>(record.status).code == 5);
  CHECK(LogOf(request) == "bye\n");
}

TEST_CASE("supervisor: a stopped child does not outlive the attempt") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      WithStayer(folder, {"", "setsid sh $0 &"}, "kill -STOP $(cat $HERE/pid); exit 0");
  daemon.client().Spawn(request);
  daemon.Ended(request.id);
  CHECK_FALSE(IsAlive(NumberFrom(folder.path() + "/pid")));
}

TEST_CASE("supervisor: one attempt's end leaves the processes of another alone") {
  for (const Way& way : kWays) {
    CAPTURE(way.name);
    const Folder folder;
    Daemon daemon(folder);
    const auto stays =
        WithStayer(folder, way, "while [ ! -e $HERE/go ]; do sleep 0.01; done", "job_a", "pid_a");
    const auto ends = WithStayer(folder, way, "exit 0", "job_b", "pid_b");
    daemon.client().Spawn(stays);
    const int stayer_a = NumberFrom(folder.path() + "/pid_a");
    daemon.client().Spawn(ends);
    daemon.Ended(ends.id);
    CHECK(IsAlive(stayer_a));
    daemon.client().Spawn(Shell(folder, "job_c", "touch $HERE/go"));
    daemon.Ended(stays.id);
    CHECK_FALSE(IsAlive(stayer_a));
    CHECK_FALSE(IsAlive(NumberFrom(folder.path() + "/pid_b")));
  }
}

TEST_CASE(
    "supervisor: processes that an attempt orphans while it runs are reaped, and kept alive") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = WithStayer(folder, {"", "(setsid -f sh $0 &) &"},
                                  "i=0; while [ $i -lt 50 ]; do (true &); i=$((i+1)); done; "
                                  "kill -0 $(cat $HERE/pid) && touch $HERE/alive; sleep 1000");
  daemon.client().Spawn(request);
  REQUIRE(Eventually([&] { return Exists(folder.path() + "/alive"); }));
  const int supervisor = daemon.client().supervisor_pid();
  CHECK(Eventually([&] { return ChildrenOf(supervisor).size() == 2; }));  // main process and stayer
  daemon.client().Stop(request.id, Duration(10'000));
  daemon.Ended(request.id);
  CHECK(Eventually([&] { return ChildrenOf(supervisor).empty(); }));
}

TEST_CASE("supervisor: usage counts what was orphaned") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a",
            "(sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; touch $HERE/done' &); "
            "while [ ! -e $HERE/done ]; do sleep 0.01; done; sleep 0.1");
  daemon.client().Spawn(request);
  CHECK(daemon.Ended(request.id).usage.cpu_ms >= 30);
}

TEST_CASE("supervisor: a process elsewhere that holds the output open does not hang the attempt") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a", "while [ ! -e $HERE/go ]; do sleep 0.01; done; echo said");
  daemon.client().Spawn(request);
  const int pid = daemon.Next<AttemptStarted>().pid;
  const UniqueFd held(
      open(("/proc/" + std::to_string(pid) + "/fd/1").c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(held);
  std::ofstream(folder.path() + "/go") << "1";
  daemon.Ended(request.id);
  CHECK(LogOf(request) == "said\n");
}

}  // namespace jobgate::posix
