// The process of a prepared attempt, which waits for the word that its start is durable.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "src/supervisor/process_table.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

bool IsExit(const ExitRecord& record, int code) {
  const auto* exited = std::get_if<Exited>(&record.status);
  return exited != nullptr && exited->code == code;
}

// Writes a line to $HERE/ledger and does `then`.
SpawnRequest Telling(const Folder& folder, const std::string& job, const std::string& then) {
  return Shell(folder, job, "echo $JOBGATE_JOB_ID >> $HERE/ledger; " + then);
}

std::string LedgerOf(const Folder& folder) {
  return ReadWhole(folder.path() + "/ledger");
}

// The one child of the supervisor, once it does nothing but wait: it is in its folder, and all that
// it has open are its standard streams and what it waits on.
int WaitingProcess(Daemon& daemon, const Folder& folder) {
  const int supervisor = daemon.client().supervisor_pid();
  int pid = 0;
  const auto waits = [&] {
    const auto children = ChildrenOf(supervisor);
    if (children.size() != 1) return false;
    pid = children.front();
    const std::string proc = "/proc/" + std::to_string(pid);
    std::error_code gone;
    const auto open = std::filesystem::directory_iterator(proc + "/fd", gone);
    return !gone && std::distance(begin(open), end(open)) == 4 &&
           std::filesystem::read_symlink(proc + "/cwd", gone) == folder.path();
  };
  REQUIRE(Eventually(waits));
  return pid;
}

}  // namespace

TEST_CASE("supervisor: the process that waits becomes the attempt's, and only at the word") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Telling(folder, "job_a", "echo $$; exit 4");
  daemon.client().Prepare(request);
  const int waiting = WaitingProcess(daemon, folder);
  CHECK(LookUpProcess(waiting)->session == waiting);
  CHECK(LedgerOf(folder).empty());
  daemon.client().Spawn(request);
  CHECK(daemon.Next<AttemptStarted>().pid == waiting);
  CHECK(IsExit(daemon.Ended(request.id), 4));
  CHECK(LogOf(request) == std::to_string(waiting) + "\n");
  CHECK(LedgerOf(folder) == "job_a\n");
}

TEST_CASE("supervisor: a process that waits ends without a run where its start does not follow") {
  const Folder folder;
  const auto request = Telling(folder, "job_a", "exit 4");
  auto daemon = std::make_unique<Daemon>(folder);
  daemon->client().Prepare(request);
  const int waiting = WaitingProcess(*daemon, folder);
  SUBCASE("after a resync") {
    daemon->client().Resync();
    daemon->Next<SupervisorConnected>();
  }
  SUBCASE("after the daemon's end") {
    daemon.reset();
  }
  SUBCASE("once another daemon is heard") {
    daemon = std::make_unique<Daemon>(folder);
  }
  SUBCASE("after the supervisor was killed") {
    kill(daemon->client().supervisor_pid(), SIGKILL);
  }
  SUBCASE("after the supervisor was told to leave") {
    kill(daemon->client().supervisor_pid(), SIGTERM);
  }
  CHECK(Eventually([&] { return !IsAlive(waiting); }));
  CHECK(LedgerOf(folder).empty());
}

TEST_CASE(
    "supervisor: a start that is asked for and a supervisor that is killed run it once at most") {
  const Folder folder;
  Daemon daemon(folder);
  for (int i = 1; i <= 20; ++i) {
    auto request = Shell(folder, "job_a", "echo $JOBGATE_ATTEMPT >> $HERE/ledger", i);
    daemon.client().Prepare(request);
    WaitingProcess(daemon, folder);
    daemon.client().Spawn(request);
    kill(daemon.client().supervisor_pid(), SIGKILL);
    daemon.Next<SupervisorLost>();
    daemon.Next<SupervisorConnected>();
    daemon.client().KillLeftovers({request.id});
    daemon.Next<LeftoversKilled>();
    const std::string ledger = LedgerOf(folder);
    const std::string line = std::to_string(i) + "\n";
    CHECK((ledger.empty() || ledger == line));
    std::filesystem::remove(folder.path() + "/ledger");
  }
}

TEST_CASE("supervisor: a process that waits is not what another attempt left behind") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Telling(folder, "job_a", "exit 4");
  daemon.client().Prepare(request);
  const int waiting = WaitingProcess(daemon, folder);
  const auto other = Shell(folder, "job_b",
                           "env -i PATH=$PATH setsid sh -c 'echo $$ > stayer; exec sleep 1000' & "
                           "while [ ! -s stayer ]; do sleep 0.01; done");
  daemon.client().Spawn(other);
  CHECK(IsExit(daemon.Ended(other.id), 0));
  CHECK_FALSE(IsAlive(NumberFrom(folder.path() + "/stayer")));
  CHECK(IsAlive(waiting));
  daemon.client().Spawn(request);
  CHECK(IsExit(daemon.Ended(request.id), 4));
}

TEST_CASE("supervisor: a process that was killed while it waited is told as killed") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Telling(folder, "job_a", "exit 4");
  daemon.client().Prepare(request);
  REQUIRE(kill(WaitingProcess(daemon, folder), SIGKILL) == 0);
  daemon.client().Spawn(request);
  const auto status = daemon.Ended(request.id).status;
  REQUIRE(std::holds_alternative<Signaled>(status));
  CHECK(std::get<Signaled>(status).signal == SIGKILL);
  CHECK(LedgerOf(folder).empty());
}

TEST_CASE("supervisor: a stop that comes right behind the start is not lost") {
  const Folder folder;
  Daemon daemon(folder);
  for (int i = 1; i <= 50; ++i) {
    const auto request = Shell(folder, "job_a", "exec sleep 1000", i);
    if (i % 2 == 0) daemon.client().Prepare(request);
    daemon.client().Spawn(request);
    daemon.client().Stop(request.id, std::chrono::minutes(1));
    const auto status = daemon.Ended(request.id).status;
    REQUIRE(std::holds_alternative<Signaled>(status));
    CHECK(std::get<Signaled>(status).signal == SIGTERM);
  }
}

TEST_CASE("supervisor: many that wait are each their own") {
  const Folder folder;
  Daemon daemon(folder);
  constexpr int kCount = 60;
  const auto numbered = [&](int i) {
    return Shell(folder, "job_a", "exit " + std::to_string(i), i);
  };
  for (int i = 1; i <= kCount; ++i) daemon.client().Prepare(numbered(i));
  for (int i = kCount; i >= 1; --i) daemon.client().Spawn(numbered(i));
  for (int i = 1; i <= kCount; ++i) CHECK(IsExit(daemon.Ended({"job_a", i}), i));
  CHECK(ChildrenOf(daemon.client().supervisor_pid()).empty());
}

}  // namespace jobgate::posix
