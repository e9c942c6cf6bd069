// What holds when daemon or supervisor go away, and what peers may not do.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "src/supervisor/process_table.h"
#include "src/supervisor/socket.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

std::string SocketOf(const Folder& folder) {
  return folder.path() + "/supervisor.sock";
}

void Touch(const std::string& path) {
  std::ofstream(path) << "1\n";
}

// Says so in the ledger and waits for $HERE/go.
std::string LedgerScript() {
  return "echo $JOBGATE_JOB_ID $JOBGATE_ATTEMPT >> $HERE/ledger; "
         "while [ ! -e $HERE/go ]; do sleep 0.01; done; exit 4";
}

bool IsExit(const ExitRecord& record, int code) {
  const auto* exited = std::get_if<Exited>(&record.status);
  return exited != nullptr && exited->code == code;
}

UniqueFd RawConnection(const Folder& folder) {
  auto dir = OpenSocketDir(folder.path());
  REQUIRE(dir);
  auto socket = ConnectInDir(dir->get());
  REQUIRE(socket);
  REQUIRE(socket->has_value());
  return std::move(**socket);
}

// The peer closes; what it says before that is returned.
std::string UntilClosed(int socket) {
  std::string said;
  char bytes[4096];
  while (true) {
    pollfd ready{socket, POLLIN, 0};
    REQUIRE(poll(&ready, 1, static_cast<int>(kPatience.count())) == 1);
    const ssize_t n = recv(socket, bytes, sizeof bytes, 0);
    if (n <= 0) return said;
    said.append(bytes, static_cast<size_t>(n));
  }
}

}  // namespace

TEST_CASE("supervisor: a job goes on without the daemon, and its exit is told to the next one") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", LedgerScript());
  auto first = std::make_unique<Daemon>(folder);
  const std::string incarnation = first->incarnation();
  first->client().Spawn(request);
  REQUIRE(Eventually([&] { return Exists(folder.path() + "/ledger"); }));
  const int supervisor = first->client().supervisor_pid();
  SUBCASE("while it runs") {
    first.reset();
    Daemon next(folder);
    CHECK(next.incarnation() == incarnation);
    CHECK(next.hello().running == std::vector<AttemptId>{request.id});
    CHECK(next.hello().ended.empty());
    Touch(folder.path() + "/go");
    CHECK(IsExit(next.Ended(request.id), 4));
  }
  SUBCASE("after it ended") {
    first.reset();
    Touch(folder.path() + "/go");
    REQUIRE(Eventually([&] { return ChildrenOf(supervisor).empty(); }));
    Daemon next(folder);
    CHECK(next.incarnation() == incarnation);
    CHECK(next.hello().running.empty());
    REQUIRE(next.hello().ended.size() == 1);
    CHECK(next.hello().ended[0].id == request.id);
    CHECK(IsExit(next.hello().ended[0], 4));
  }
  CHECK(ReadWhole(folder.path() + "/ledger") == "job_a 1\n");
}

TEST_CASE("supervisor: a timeout is kept without a daemon") {
  const Folder folder;
  auto request = Shell(folder, "job_a", "trap '' TERM; while :; do sleep 1000; done");
  request.timeout = Duration(300);
  request.kill_grace = Duration(100);
  auto first = std::make_unique<Daemon>(folder);
  const int supervisor = first->client().supervisor_pid();
  first->client().Spawn(request);
  first->Next<AttemptStarted>();
  first.reset();
  REQUIRE(Eventually([&] { return ChildrenOf(supervisor).empty(); }));
  Daemon next(folder);
  REQUIRE(next.hello().ended.size() == 1);
  const auto* timed_out = std::get_if<TimedOut>(&next.hello().ended[0].status);
  REQUIRE(timed_out != nullptr);
  CHECK(timed_out->signal == SIGKILL);
}

TEST_CASE("supervisor: an exit record is told until it is acknowledged, and not after") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", "exit 4");
  const auto holder = Shell(folder, "job_b", "sleep 1000");
  {
    Daemon daemon(folder);
    daemon.client().Spawn(holder);
    daemon.client().Spawn(request);
    REQUIRE(daemon.Until([&] { return daemon.Has<ExitRecord>(); }));
  }
  {
    Daemon daemon(folder);
    REQUIRE(daemon.hello().ended.size() == 1);
    daemon.client().Acknowledge(request.id);
    daemon.client().Flush();
    daemon.client().Spawn(Shell(folder, "job_c", "exit 0"));  // in order: the rest was heard
    daemon.Ended({"job_c", 1});
  }
  Daemon daemon(folder);
  CHECK(daemon.hello().ended.empty());
  CHECK(daemon.hello().running == std::vector<AttemptId>{holder.id});
}

TEST_CASE("supervisor: one that left with nothing to hold is known to the ones after it") {
  const Folder folder;
  std::vector<std::string> left;
  for (int i = 0; i < 3; ++i) {
    int supervisor = 0;
    {
      Daemon daemon(folder);
      CHECK(daemon.hello().left == left);
      left.insert(left.begin(), daemon.incarnation());
      supervisor = daemon.client().supervisor_pid();
      if (i == 1) {
        daemon.client().Spawn(Shell(folder, "job_a", "exit 0"));
        daemon.Ended({"job_a", 1});
        daemon.client().Flush();
      }
    }
    REQUIRE(Eventually([&] { return !IsAlive(supervisor); }));
  }
}

TEST_CASE("supervisor: one that is lost after it started an attempt leaves no note") {
  const Folder folder;
  int supervisor = 0;
  {
    Daemon daemon(folder);
    supervisor = daemon.client().supervisor_pid();
  }
  REQUIRE(Eventually([&] { return !IsAlive(supervisor); }));
  Daemon daemon(folder);
  CHECK(daemon.hello().left.size() == 1);
  daemon.client().Spawn(Shell(folder, "job_a", "sleep 1000"));
  daemon.Next<AttemptStarted>();
  CHECK_FALSE(Exists(folder.path() + "/supervisor.left"));
  kill(daemon.client().supervisor_pid(), SIGKILL);
  CHECK(daemon.Next<SupervisorConnected>().left.empty());
}

TEST_CASE("supervisor: a resync tells everything again") {
  const Folder folder;
  Daemon daemon(folder);
  const auto ended = Shell(folder, "job_a", "exit 4");
  const auto running = Shell(folder, "job_b", "sleep 1000");
  daemon.client().Spawn(ended);
  daemon.client().Spawn(running);
  REQUIRE(daemon.Until([&] { return daemon.Has<ExitRecord>(); }));
  daemon.client().Resync();
  const auto again = daemon.Next<SupervisorConnected>();
  CHECK(again.incarnation == daemon.incarnation());
  CHECK(again.running == std::vector<AttemptId>{running.id});
  REQUIRE(again.ended.size() == 1);
  CHECK(IsExit(again.ended[0], 4));
  CHECK_FALSE(daemon.Has<SupervisorLost>());
}

TEST_CASE("supervisor: an attempt spawned again runs once") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", LedgerScript());
  auto daemon = std::make_unique<Daemon>(folder);
  SUBCASE("while it runs") {
    for (int i = 0; i < 5; ++i) daemon->client().Spawn(request);
    Touch(folder.path() + "/go");
    CHECK(IsExit(daemon->Ended(request.id), 4));
  }
  SUBCASE("by the next daemon") {
    daemon->client().Spawn(request);
    REQUIRE(Eventually([&] { return Exists(folder.path() + "/ledger"); }));
    daemon.reset();
    daemon = std::make_unique<Daemon>(folder);
    daemon->client().Spawn(request);
    Touch(folder.path() + "/go");
    CHECK(IsExit(daemon->Ended(request.id), 4));
  }
  SUBCASE("after it ended, not acknowledged") {
    Touch(folder.path() + "/go");
    daemon->client().Spawn(request);
    daemon->Next<ExitRecord>();
    daemon->client().Spawn(request);
    CHECK(IsExit(daemon->Ended(request.id), 4));
  }
  SUBCASE("after it was acknowledged: refused") {
    Touch(folder.path() + "/go");
    daemon->client().Spawn(request);
    CHECK(IsExit(daemon->Ended(request.id), 4));
    daemon->client().Spawn(request);
    CHECK(std::holds_alternative<SpawnFailed>(daemon->Ended(request.id).status));
  }
  CHECK(ReadWhole(folder.path() + "/ledger") == "job_a 1\n");
}

TEST_CASE("supervisor: what was prepared does not run before it is spawned, and then once") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", "cat $JOBGATE_PARAMS; " + LedgerScript());
  Daemon daemon(folder);
  daemon.client().Prepare(request);
  daemon.client().Spawn(Shell(folder, "job_b", "exit 0"));
  CHECK(IsExit(daemon.Ended({"job_b", 1}), 0));  // was asked for later, and is done
  CHECK(Exists(request.dir));
  CHECK_FALSE(Exists(folder.path() + "/ledger"));
  Touch(folder.path() + "/go");
  daemon.client().Spawn(request);
  daemon.client().Spawn(request);
  CHECK(IsExit(daemon.Ended(request.id), 4));
  CHECK(ReadWhole(folder.path() + "/ledger") == "job_a 1\n");
  CHECK(LogOf(request) == request.params);
}

TEST_CASE("supervisor: what was prepared and never spawned leaves no trace") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", LedgerScript());
  const auto started = Shell(folder, "job_a", "exit 0", 2);
  auto daemon = std::make_unique<Daemon>(folder);
  daemon->client().Prepare(request);
  daemon->client().Prepare(started);
  SUBCASE("after a resync") {
    daemon->client().Resync();
    daemon->Next<SupervisorConnected>();
  }
  SUBCASE("after the daemon's end") {
    daemon = std::make_unique<Daemon>(folder);
  }
  CHECK_FALSE(Exists(folder.path() + "/runs/job_a"));
  daemon->client().Spawn(started);
  CHECK(IsExit(daemon->Ended(started.id), 0));
  CHECK_FALSE(Exists(folder.path() + "/ledger"));
}

TEST_CASE("supervisor: folders made ahead of need are used, and gone when it leaves") {
  const Folder folder;
  const std::string spares = folder.path() + "/runs.spare";
  auto daemon = std::make_unique<Daemon>(folder);
  for (int i = 0; i < 10; ++i) {
    const auto request = Shell(folder, "job_" + std::to_string(i), "cat $JOBGATE_PARAMS");
    daemon->client().Prepare(request);
    daemon->client().Spawn(request);
    CHECK(IsExit(daemon->Ended(request.id), 0));
    CHECK(LogOf(request) == request.params);
    REQUIRE(Eventually([&] { return Exists(spares + "/" + std::to_string(4 + i) + "/1"); }));
  }
  daemon.reset();
  CHECK(Eventually([&] { return !Exists(spares); }));
}

TEST_CASE("supervisor: a run that left nothing costs no folder, one that left anything keeps it") {
  const Folder folder;
  Daemon daemon(folder);
  const auto run = [&](const std::string& job, const std::string& script) {
    auto request = Shell(folder, job, script);
    request.params = "{\"job\":\"" + job + "\"}";
    daemon.client().Spawn(request);
    daemon.Ended(request.id);
    return request;
  };
  for (const char* script :
       {"echo out", "echo err >&2", "echo {} > $JOBGATE_RESULT", "touch ${JOBGATE_PARAMS%/*}/own",
        "touch ${JOBGATE_PARAMS%/*/*}/own", "chmod 0644 $JOBGATE_PARAMS",
        "ln $JOBGATE_PARAMS $HERE/linked", "cp $JOBGATE_PARAMS $HERE/x; mv $HERE/x $JOBGATE_PARAMS",
        "rm $JOBGATE_PARAMS; ln -s $HERE/elsewhere $JOBGATE_PARAMS"}) {
    CAPTURE(script);
    run("job_silent", "exit 0");
    CHECK(Eventually([&] { return !Exists(folder.path() + "/runs/job_silent"); }));
    const auto loud = run("job_loud", script);
    CHECK(Exists(loud.dir));
    std::filesystem::rename(folder.path() + "/runs/job_loud", folder.path() + "/seen");
    const auto next = run("job_next", "cat $JOBGATE_PARAMS");
    CHECK(LogOf(next) == next.params);
    std::filesystem::remove_all(folder.path() + "/seen");
    std::filesystem::remove_all(folder.path() + "/runs/job_next");
    std::filesystem::remove(folder.path() + "/linked");
    // Attempts of one id run once; the next round has other ones.
    kill(daemon.client().supervisor_pid(), SIGKILL);
    daemon.Next<SupervisorLost>();
    daemon.Next<SupervisorConnected>();
  }
  CHECK_FALSE(Exists(folder.path() + "/elsewhere"));
}

TEST_CASE("supervisor: a spare that is gone, or a folder that is there already, is no obstacle") {
  const Folder folder;
  const std::string spares = folder.path() + "/runs.spare";
  Daemon daemon(folder);
  daemon.client().Spawn(Shell(folder, "job_a", "exit 0"));
  daemon.Ended({"job_a", 1});
  REQUIRE(Eventually([&] { return Exists(spares + "/4/1/params.json"); }));
  SUBCASE("gone") {
    CHECK(Eventually([&] {  // the supervisor may be making another one
      std::error_code busy;
      std::filesystem::remove_all(spares, busy);
      return !Exists(spares);
    }));
  }
  SUBCASE("there already") {
    REQUIRE(mkdir((folder.path() + "/runs/job_b").c_str(), 0700) == 0);
  }
  const auto request = Shell(folder, "job_b", "cat $JOBGATE_PARAMS");
  daemon.client().Spawn(request);
  CHECK(IsExit(daemon.Ended(request.id), 0));
  CHECK(LogOf(request) == request.params);
}

TEST_CASE("supervisor: what one that was killed had prepared is started by the next") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", "cat $JOBGATE_PARAMS");
  Daemon daemon(folder);
  daemon.client().Prepare(request);
  REQUIRE(Eventually([&] { return Exists(request.dir + "/params.json"); }));
  kill(daemon.client().supervisor_pid(), SIGKILL);
  daemon.Next<SupervisorLost>();
  daemon.Next<SupervisorConnected>();
  REQUIRE(Exists(request.dir + "/params.json"));
  daemon.client().Prepare(request);
  daemon.client().Spawn(request);
  CHECK(IsExit(daemon.Ended(request.id), 0));
  CHECK(LogOf(request) == request.params);
}

TEST_CASE("supervisor: a folder in which an attempt was started before starts no other") {
  const Folder folder;
  const auto request = Shell(folder, "job_a", "echo $$ >> $HERE/ledger; cat $JOBGATE_PARAMS");
  Daemon daemon(folder);
  daemon.client().Spawn(request);
  CHECK(IsExit(daemon.Ended(request.id), 0));
  const std::string ledger = ReadWhole(folder.path() + "/ledger");
  kill(daemon.client().supervisor_pid(), SIGKILL);
  daemon.Next<SupervisorLost>();
  daemon.Next<SupervisorConnected>();
  daemon.client().Spawn(request);
  const auto status = daemon.Ended(request.id).status;
  REQUIRE(std::holds_alternative<SpawnFailed>(status));
  CHECK(std::get<SpawnFailed>(status).why.find("was started before") != std::string::npos);
  CHECK(ReadWhole(folder.path() + "/ledger") == ledger);
  CHECK(LogOf(request) == request.params);
}

TEST_CASE("supervisor: a program that is not there is told at the start, not when it is prepared") {
  const Folder folder;
  auto request = Shell(folder, "job_a", "exit 0");
  request.argv = {"no-such-program"};
  Daemon daemon(folder);
  daemon.client().Prepare(request);
  daemon.client().Spawn(Shell(folder, "job_b", "exit 0"));
  daemon.Ended({"job_b", 1});
  CHECK_FALSE(daemon.Has<ExitRecord>());
  daemon.client().Spawn(request);
  CHECK(std::holds_alternative<SpawnFailed>(daemon.Ended(request.id).status));
}

TEST_CASE("supervisor: the daemon that says hello last is heard, the older one is not") {
  const Folder folder;
  Daemon old(folder);
  const auto running = Shell(folder, "job_a", "sleep 1000");
  old.client().Spawn(running);
  old.Next<AttemptStarted>();
  Daemon next(folder);
  CHECK(next.hello().running == std::vector<AttemptId>{running.id});
  old.client().Stop(running.id, Duration::zero());  // lands on a closed connection
  old.Next<SupervisorLost>();
  CHECK(old.client().fenced());
  CHECK(old.client().trouble().find("took over") != std::string::npos);
  next.client().Spawn(Shell(folder, "job_b", "exit 0"));
  next.Ended({"job_b", 1});
  CHECK_FALSE(next.Has<ExitRecord>());  // job_a still runs
}

TEST_CASE(
    "supervisor: a killed supervisor is replaced, and what it left running is killed on demand") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a",
                             "setsid sh -c 'echo $$ > $HERE/session; exec sleep 1000' & "
                             "env -i PATH=$PATH sh -c 'echo $$ > child; exec sleep 1000' & "
                             "env -i PATH=$PATH setsid sh -c 'echo $$ > hidden; exec sleep 1000' & "
                             "echo $$ > main; while :; do sleep 1000; done");
  const auto other = Shell(folder, "job_b", "echo $$ > other; exec sleep 1000");
  daemon.client().Spawn(request);
  daemon.client().Spawn(other);
  std::vector<int> tree;
  for (const char* name : {"/main", "/session", "/child", "/hidden"}) {
    tree.push_back(NumberFrom(folder.path() + name));
  }
  const int bystander = NumberFrom(folder.path() + "/other");
  REQUIRE(kill(daemon.client().supervisor_pid(), SIGKILL) == 0);
  daemon.Next<SupervisorLost>();
  const auto again = daemon.Next<SupervisorConnected>();
  CHECK(again.incarnation != daemon.incarnation());
  CHECK(again.running.empty());
  for (const int pid : tree) CHECK(IsAlive(pid));
  daemon.client().KillLeftovers({request.id});
  CHECK(daemon.Next<LeftoversKilled>().ids == std::vector<AttemptId>{request.id});
  for (const int pid : tree) CHECK_FALSE(IsAlive(pid));
  CHECK(IsAlive(bystander));
  CHECK(IsAlive(daemon.client().supervisor_pid()));
}

TEST_CASE("supervisor: leftovers of nothing are answered too") {
  const Folder folder;
  Daemon daemon(folder);
  daemon.client().KillLeftovers({{"job_none", 1}});
  CHECK(daemon.Next<LeftoversKilled>().ids == std::vector<AttemptId>{{"job_none", 1}});
}

TEST_CASE(
    "supervisor: a supervisor killed again and again is replaced each time, without zombies") {
  const Folder folder;
  Daemon daemon(folder);
  // Supervisors of other tests may leave meanwhile.
  const auto others = ChildrenOf(getpid());
  const auto zombies = [&] {
    const auto children = ChildrenOf(getpid());
    return std::any_of(children.begin(), children.end(), [&](int pid) {
      return std::find(others.begin(), others.end(), pid) == others.end() && !IsAlive(pid);
    });
  };
  for (int i = 1; i <= 4; ++i) {
    kill(daemon.client().supervisor_pid(), SIGKILL);
    daemon.Next<SupervisorLost>();
    daemon.Next<SupervisorConnected>();
    daemon.client().Spawn(Shell(folder, "job_a", "exit 0", i));
    CHECK(IsExit(daemon.Ended({"job_a", i}), 0));
  }
  CHECK(daemon.Until([&] { return !zombies(); }));
}

TEST_CASE("supervisor: it leaves when it has neither attempts nor a daemon") {
  const Folder folder;
  auto daemon = std::make_unique<Daemon>(folder);
  const int supervisor = daemon->client().supervisor_pid();
  SUBCASE("at once where nothing runs") {
    daemon.reset();
  }
  SUBCASE("not before the exit record has been acknowledged") {
    const auto request = Shell(folder, "job_a", "while [ ! -e $HERE/go ]; do sleep 0.01; done");
    daemon->client().Spawn(request);
    daemon->Next<AttemptStarted>();
    daemon.reset();
    Touch(folder.path() + "/go");
    REQUIRE(Eventually([&] { return ChildrenOf(supervisor).empty(); }));
    CHECK(IsAlive(supervisor));
    Daemon next(folder);
    REQUIRE(next.hello().ended.size() == 1);
    next.client().Acknowledge(request.id);
    next.client().Flush();
  }
  CHECK(Eventually([&] { return !IsAlive(supervisor); }));
  CHECK_FALSE(Exists(SocketOf(folder)));
}

TEST_CASE("supervisor: one that was started and never greeted leaves without a trace") {
  const Folder folder;
  const SystemClock clock;
  auto client = std::make_unique<SupervisorClient>(folder.path(), clock, TestSupervisor());
  REQUIRE(client->Reach());
  const auto children = ChildrenOf(getpid());
  REQUIRE_FALSE(children.empty());
  CHECK_FALSE(Exists(SocketOf(folder)));
  client.reset();
  CHECK(Eventually([&] { return std::none_of(children.begin(), children.end(), IsAlive); }));
  CHECK_FALSE(Exists(SocketOf(folder)));
}

TEST_CASE("supervisor: a client that started one uses the one that listens by then") {
  const Folder folder;
  const SystemClock clock;
  SupervisorClient late(folder.path(), clock, TestSupervisor());
  REQUIRE(late.Reach());
  auto early = std::make_unique<Daemon>(folder);
  const auto running = Shell(folder, "job_a", "sleep 1000");
  early->client().Spawn(running);
  early->Next<AttemptStarted>();
  const int supervisor = early->client().supervisor_pid();
  early.reset();
  late.Greet();
  REQUIRE(Eventually([&] {
    late.OnReady();
    return late.connected();
  }));
  CHECK(late.supervisor_pid() == supervisor);
}

TEST_CASE("supervisor: a stale socket is replaced, and the new one is for this user alone") {
  const Folder folder;
  {
    auto dir = OpenSocketDir(folder.path());
    REQUIRE(dir);
    REQUIRE(ListenInDir(dir->get()));  // closed again at once, the name stays
  }
  REQUIRE(Exists(SocketOf(folder)));
  Daemon daemon(folder);
  struct stat info {};
  REQUIRE(stat(SocketOf(folder).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("supervisor: a folder path longer than a socket address works") {
  const Folder folder(4);
  REQUIRE(SocketOf(folder).size() > 108);
  const auto request = Shell(folder, "job_a", "exit 4");
  {
    Daemon daemon(folder);
    daemon.client().Spawn(request);
    daemon.Next<ExitRecord>();
  }
  Daemon daemon(folder);
  REQUIRE(daemon.hello().ended.size() == 1);
  CHECK(IsExit(daemon.hello().ended[0], 4));
}

TEST_CASE("supervisor: garbage on the socket harms neither supervisor nor attempts nor daemon") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a", "while [ ! -e $HERE/go ]; do sleep 0.01; done");
  daemon.client().Spawn(request);
  daemon.Next<AttemptStarted>();
  std::vector<std::string> garbage = {"GET / HTTP/1.1\r\n\r\n", std::string("\xff\xff\xff\xff", 4),
                                      std::string("\0\0\0\0", 4), std::string("\0\0\0\2{}", 6),
                                      std::string("\0\0\0\1\xff", 5)};
  for (const std::string& body :
       {std::string("s"), wire::Encode(wire::AcknowledgeAttempt{request.id}),
        wire::Encode(wire::StartPrepared{request.id}), std::string("?"), std::string("{}"),
        wire::Encode(wire::Hello{99, 1}), wire::Encode(wire::Hello{0, 1})}) {
    AppendFrame(garbage.emplace_back(), body);
  }
  for (const std::string& bytes : garbage) {
    CAPTURE(bytes);
    const UniqueFd socket = RawConnection(folder);
    REQUIRE(send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    UntilClosed(socket.get());
  }
  const UniqueFd cut_short = RawConnection(folder);
  REQUIRE(send(cut_short.get(), "\0\0\1", 3, MSG_NOSIGNAL) == 3);
  Touch(folder.path() + "/go");
  CHECK(IsExit(daemon.Ended(request.id), 0));
  CHECK_FALSE(daemon.Has<SupervisorLost>());
}

TEST_CASE("supervisor: a daemon of another protocol is told so") {
  const Folder folder;
  Daemon daemon(folder);
  const UniqueFd socket = RawConnection(folder);
  std::string hello;
  AppendFrame(hello, wire::Encode(wire::Hello{99, 1}));
  REQUIRE(send(socket.get(), hello.data(), hello.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(hello.size()));
  CHECK(UntilClosed(socket.get()).find("protocol") != std::string::npos);
}

TEST_CASE("supervisor: many silent connections do not push the daemon out") {
  const Folder folder;
  Daemon daemon(folder);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(RawConnection(folder));
  daemon.client().Spawn(Shell(folder, "job_a", "exit 0"));
  CHECK(IsExit(daemon.Ended({"job_a", 1}), 0));
  CHECK_FALSE(daemon.Has<SupervisorLost>());
}

TEST_CASE("supervisor: signals meant for the daemon's terminal do nothing") {
  const Folder folder;
  Daemon daemon(folder);
  for (const int signal : {SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGALRM}) {
    REQUIRE(kill(daemon.client().supervisor_pid(), signal) == 0);
  }
  daemon.client().Spawn(Shell(folder, "job_a", "exit 0"));
  CHECK(IsExit(daemon.Ended({"job_a", 1}), 0));
  CHECK_FALSE(daemon.Has<SupervisorLost>());
}

TEST_CASE("supervisor: SIGTERM stops every attempt, tells how they ended, and leaves") {
  const Folder folder;
  Daemon daemon(folder);
  const int supervisor = daemon.client().supervisor_pid();
  auto stubborn =
      Shell(folder, "job_b", "trap '' TERM; touch $HERE/up; while :; do sleep 1000; done");
  stubborn.kill_grace = Duration(100);
  daemon.client().Spawn(Shell(folder, "job_a", "exec sleep 1000"));
  daemon.client().Spawn(stubborn);
  REQUIRE(Eventually([&] { return Exists(folder.path() + "/up"); }));
  REQUIRE(kill(supervisor, SIGTERM) == 0);
  for (const char* job : {"job_a", "job_b"}) {
    CHECK(std::holds_alternative<Signaled>(daemon.Ended({job, 1}).status));
  }
  CHECK(daemon.Until([&] { return !IsAlive(supervisor); }));
}

}  // namespace jobgate::posix
