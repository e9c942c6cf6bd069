// Attempts that run from a sealed copy, by real processes.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "src/base/digest.h"
#include "src/job/file_state.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

namespace fs = std::filesystem;

// A script in a folder of the test, and the request that runs its sealed copy.
struct Sealed {
  Folder folder;
  std::string script = folder.path() + "/app/run.sh";
  SpawnRequest request = Shell(folder, "job_a", "");

  explicit Sealed(const std::string& text) {
    fs::create_directory(folder.path() + "/app");
    Write(text);
    SealOrder seal;
    seal.folder = folder.path() + "/" + kSealedFolders + "/job_a.1";
    seal.source = folder.path() + "/app";
    seal.files = {{"run.sh", FileState(Sha256Hex(text), true)}};
    request.argv = {seal.folder + "/run.sh", "one", ""};
    request.cwd = seal.source;
    request.env["JOBGATE_SEALED"] = seal.folder;
    request.seal = seal;
  }
  void Write(const std::string& text) const {
    std::ofstream(script) << text;
    chmod(script.c_str(), 0755);
  }
  const std::string& copy() const { return request.seal->folder; }
};

std::string WhyOf(const ExitRecord& record) {
  const auto* failed = std::get_if<SpawnFailed>(&record.status);
  return failed == nullptr ? "it was started" : failed->why;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("sealed run: the program is the copy, with its arguments, in its own folder") {
  const Sealed sealed(
      "#!/bin/sh\necho \"$0|$#|$1|$2|$(pwd)|$JOBGATE_SEALED|$JOBGATE_JOB_ID\"\nexit 7\n");
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  const ExitRecord record = daemon.Ended(sealed.request.id);
  REQUIRE(std::holds_alternative<Exited>(record.status));
  CHECK(std::get<Exited>(record.status).code == 7);
  const std::string app = fs::canonical(sealed.folder.path() + "/app").string();
  CHECK(LogOf(sealed.request) ==
        sealed.copy() + "/run.sh|2|one||" + app + "|" + sealed.copy() + "|job_a\n");
  CHECK(!Exists(sealed.request.dir + "/seal.json"));
}

TEST_CASE("sealed run: a file that is not what was approved runs nothing, and is named") {
  const Sealed sealed("#!/bin/sh\necho approved\n");
  sealed.Write("#!/bin/sh\necho changed\n");
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  const ExitRecord record = daemon.Ended(sealed.request.id);
  CHECK(Contains(WhyOf(record), "nothing was run"));
  CHECK(Contains(WhyOf(record), "run.sh is not what was approved"));
  CHECK(LogOf(sealed.request).empty());
}

TEST_CASE("sealed run: a program that cannot be executed says why, as any other") {
  const Sealed sealed("#!/no/such/interpreter\n");
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  CHECK(Contains(WhyOf(daemon.Ended(sealed.request.id)), "the interpreter of"));
}

TEST_CASE("sealed run: the copy is gone once the attempt is over, with what the job put there") {
  const Sealed sealed(
      "#!/bin/sh\ncd \"$JOBGATE_SEALED\" && mkdir -p a/b && touch a/b/c && chmod 0 a/b\n"
      "i=0; while [ $i -lt 600 ]; do : > f$i; i=$((i+1)); done\n"
      "i=0; while [ $i -lt 200 ]; do mkdir d && cd d; i=$((i+1)); done\n");
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  daemon.Ended(sealed.request.id);
  const std::string place = sealed.folder.path() + "/" + kSealedFolders;
  CHECK(daemon.Until([&] { return fs::is_empty(place); }));
}

TEST_CASE("sealed run: a job that could not be sealed leaves no copy either") {
  const Sealed sealed("#!/bin/sh\n");
  sealed.Write("#!/bin/sh\nchanged\n");
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  daemon.Ended(sealed.request.id);
  CHECK(daemon.Until([&] { return !Exists(sealed.copy()); }));
}

TEST_CASE("sealed run: a supervisor that starts removes what one that was killed left behind") {
  const Folder folder;
  const std::string left = folder.path() + "/" + kSealedFolders + "/job_x.3";
  fs::create_directories(left + "/deep");
  std::ofstream(left + "/deep/file") << "x";
  Daemon daemon(folder);
  CHECK(daemon.Until([&] { return !Exists(left); }));
}

TEST_CASE("sealed run: a copy that a living process runs from stays until that is killed") {
  const Sealed sealed("#!/bin/sh\necho $$ > pid\nwhile :; do sleep 1000; done\n");
  int pid = 0;
  {
    Daemon daemon(sealed.folder);
    daemon.client().Spawn(sealed.request);
    const auto started = daemon.Next<AttemptStarted>();
    pid = started.pid;
    REQUIRE(NumberFrom(sealed.folder.path() + "/app/pid") == pid);
    kill(daemon.client().supervisor_pid(), SIGKILL);
    daemon.Next<SupervisorLost>();
  }
  Daemon next(sealed.folder);
  CHECK(IsAlive(pid));
  CHECK(Exists(sealed.copy() + "/run.sh"));
  next.client().KillLeftovers({sealed.request.id});
  next.Next<LeftoversKilled>();
  CHECK(next.Until([&] { return !Exists(sealed.copy()); }));
}

TEST_CASE("sealed run: a start that does not follow leaves nothing of what was made ready") {
  const Sealed sealed("#!/bin/sh\n");
  Daemon daemon(sealed.folder);
  daemon.client().Prepare(sealed.request);
  REQUIRE(daemon.Until([&] { return Exists(sealed.request.dir + "/seal.json"); }));
  daemon.client().Resync();
  CHECK(daemon.Until([&] { return !Exists(sealed.request.dir); }));
  CHECK(!Exists(sealed.copy()));
}

TEST_CASE("sealed run: its timeout counts from the begin of the copy, and a copy is stopped too") {
  Sealed sealed("#!/bin/sh\nsleep 1000\n");
  sealed.request.timeout = Duration(100);
  Daemon daemon(sealed.folder);
  daemon.client().Spawn(sealed.request);
  CHECK(std::holds_alternative<TimedOut>(daemon.Ended(sealed.request.id).status));
}

}  // namespace jobgate::posix
