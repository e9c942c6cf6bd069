// What a job gets from the supervisor, and what becomes of what it writes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "src/base/digest.h"
#include "src/base/unique_fd.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

ExitRecord Run(Daemon& daemon, const SpawnRequest& request) {
  daemon.client().Spawn(request);
  return daemon.Ended(request.id);
}

std::set<std::string> Lines(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

std::vector<std::string> ProgressLines(const Daemon& daemon) {
  std::vector<std::string> lines;
  for (const SupervisorReport& report : daemon.reports()) {
    if (const auto* progress = std::get_if<AttemptProgress>(&report))
      lines.push_back(progress->line);
  }
  return lines;
}

// Signals 32 and 33, which posix_spawn leaves ignored and programs cannot use.
constexpr uint64_t kInternalToGlibc = 3ull << 31;

bool EndsWith(const std::string& text, const std::string& end) {
  return text.ends_with(end);
}

}  // namespace

TEST_CASE("job: its environment is what was asked for, and nothing else") {
  setenv("JOBGATE_CANARY", "leaked", 1);
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "");
  request.argv = {"env"};
  request.env["ODD"] = "a=b c\xff";
  Run(daemon, request);
  const std::string dir = request.dir;
  CHECK(Lines(LogOf(request)) ==
        std::set<std::string>{
            "PATH=/usr/local/bin:/usr/bin:/bin", "HERE=" + folder.path(), "ODD=a=b c\xff",
            "JOBGATE_JOB_ID=job_a", "JOBGATE_ATTEMPT=1", "JOBGATE_PARAMS=" + dir + "/params.json",
            "JOBGATE_RESULT=" + dir + "/result.json", "JOBGATE_REQUEST=" + dir + "/request.json",
            "JOBGATE_PROGRESS=" + dir + "/progress"});
}

TEST_CASE("job: its arguments arrive byte for byte") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "");
  request.argv = {"sh",         "-c", R"(for a; do printf '<%s>' "$a"; done)",
                  "x",          "",   " ",
                  "$HOME;`id`", "\n", "\xff\xfe",
                  "--",         "-n"};
  Run(daemon, request);
  CHECK(LogOf(request) == "<>< ><$HOME;`id`><\n><\xff\xfe><--><-n>");
}

TEST_CASE("job: it inherits no descriptor but its three") {
  const UniqueFd leak(open("/dev/null", O_RDONLY));  // not close-on-exec
  const Folder folder;
  Daemon daemon(folder);
  const auto held_open = Shell(folder, "job_b", "sleep 1000");
  daemon.client().Spawn(held_open);
  const auto request = Shell(folder, "job_a", "readlink /proc/$$/fd/0; ls /proc/$$/fd");
  Run(daemon, request);
  CHECK(LogOf(request) == "/dev/null\n0\n1\n2\n");
}

TEST_CASE("job: it leads a session of its own, in its cwd, with no signal blocked or ignored") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a",
                             "pwd; ps -o sid= -p $$ | tr -d ' '; echo $$; "
                             "grep -E 'Sig(Blk|Ign)|ShdPnd|SigPnd' /proc/self/status");
  Run(daemon, request);
  std::istringstream log(LogOf(request));
  std::string cwd;
  int session = 0;
  int pid = 0;
  log >> cwd >> session >> pid;
  CHECK(cwd == folder.path());
  CHECK(session == pid);
  for (std::string name, mask; log >> name >> mask;) {
    CAPTURE(name);
    CHECK((std::strtoull(mask.c_str(), nullptr, 16) & ~kInternalToGlibc) == 0);
  }
}

TEST_CASE("job: its limit of open files is the daemon's, whatever the supervisor opens") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit lowered = before;
  lowered.rlim_cur = 300;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  const Folder folder;
  Daemon daemon(folder);
  setrlimit(RLIMIT_NOFILE, &before);
  const auto request = Shell(folder, "job_a", "ulimit -Sn");
  for (int i = 2; i <= 80; ++i) daemon.client().Spawn(Shell(folder, "job_a", "exec sleep 1000", i));
  Run(daemon, request);
  CHECK(LogOf(request) == "300\n");
}

TEST_CASE("job: its params are in the file it is told, for this user alone") {
  const Folder folder;
  Daemon daemon(folder);
  auto request =
      Shell(folder, "job_a",
            "cat $JOBGATE_PARAMS; stat -c %a $JOBGATE_PARAMS; stat -c %a . $HERE/runs/job_a/1");
  request.params = R"({"name":"ünïcode"})";
  Run(daemon, request);
  CHECK(LogOf(request) == request.params + "600\n700\n700\n");
  struct stat info {};
  REQUIRE(stat((request.dir + "/stdout.log").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE(
    "job: its umask is the one the supervisor was started with, and jobgate's files stay private") {
  const mode_t before = umask(0);
  const Folder folder;
  Daemon daemon(folder);
  umask(before);
  const auto request = Shell(folder, "job_a",
                             "umask; echo x > published; stat -c %a published; "
                             "stat -c %a $JOBGATE_PARAMS $HERE/runs $HERE/runs/job_a/1/stdout.log");
  Run(daemon, request);
  CHECK(LogOf(request) == "0000\n666\n600\n700\n600\n");
}

TEST_CASE("job: a daemon with a umask of its own names the one that jobs get") {
  const mode_t before = umask(0077);
  const Folder folder;
  SupervisorProgram program = TestSupervisor();
  program.job_umask = 0027;
  Daemon daemon(folder, program);
  umask(before);
  const auto request = Shell(folder, "job_a", "umask");
  Run(daemon, request);
  CHECK(LogOf(request) == "0027\n");
}

TEST_CASE("result: secret values in it, and in a request, are redacted and leave sound JSON") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a",
                       R"(printf '{"url":"https://u:p\\"w@h/","pin":4711}' > $JOBGATE_RESULT;
                          printf '{"needsApproval":{"reason":"p\\"w 4711"}}' > $JOBGATE_REQUEST)");
  request.redact = {"p\"w", "4711"};
  const ExitRecord record = Run(daemon, request);
  CHECK(record.result == R"({"pin":"[redacted]","url":"https://u:[redacted]@h/"})");
  CHECK(record.request == R"({"needsApproval":{"reason":"[redacted] [redacted]"}})");
}

TEST_CASE("result: one over the bound stays over it, whatever is redacted") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "head -c 70000 /dev/zero | tr '\\0' x > $JOBGATE_RESULT");
  request.redact = {std::string(1000, 'x')};
  const ExitRecord record = Run(daemon, request);
  REQUIRE(record.result);
  CHECK(record.result->size() > 64 * 1024);
}

TEST_CASE("log: streams are apart, and made with their first byte") {
  const Folder folder;
  Daemon daemon(folder);
  const auto both = Shell(folder, "job_a", "echo out; echo err >&2");
  Run(daemon, both);
  CHECK(LogOf(both) == "out\n");
  CHECK(LogOf(both, "stderr.log") == "err\n");
  const auto silent = Shell(folder, "job_b", "true");
  Run(daemon, silent);
  CHECK_FALSE(Exists(silent.dir + "/stdout.log"));
  CHECK_FALSE(Exists(silent.dir + "/stderr.log"));
}

TEST_CASE("log: output can be read while the job runs") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a", "printf part; sleep 1000");
  daemon.client().Spawn(request);
  CHECK(Eventually([&] { return LogOf(request) == "part"; }));
}

TEST_CASE("log: output over the bound is dropped behind a marker, and the job goes on") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "yes | head -c 3000000; echo done >&2; exit 4");
  request.log_bytes_max = 1001;
  const ExitRecord record = Run(daemon, request);
  REQUIRE(std::holds_alternative<Exited>(record.status));
  CHECK(std::get<Exited>(record.status).code == 4);
  const std::string log = LogOf(request);
  std::string rest;
  while (rest.size() < 3'000'000 - 1001) rest += "\ny";
  rest = rest.substr(0, 3'000'000 - 1001);
  const std::string marker =
      "\n[jobgate: output over 1001 bytes is not kept]\n[jobgate: bytes dropped: 2998999, "
      "SHA-256 " +
      Sha256Hex(rest) + "]\n";
  CHECK(log.size() == 1001 + marker.size());
  CHECK(EndsWith(log, marker));
  CHECK(LogOf(request, "stderr.log") == "done\n");
}

TEST_CASE("log: output of exactly the bound has no marker") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "printf 12345");
  request.log_bytes_max = 5;
  Run(daemon, request);
  CHECK(LogOf(request) == "12345");
}

TEST_CASE("log: a large output is complete") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "seq 1 400000");
  request.log_bytes_max = 100 << 20;
  Run(daemon, request);
  const std::string log = LogOf(request);
  CHECK(std::count(log.begin(), log.end(), '\n') == 400000);
  CHECK(EndsWith(log, "\n399999\n400000\n"));
}

TEST_CASE("log: secret values never reach it, wherever the writes cut them") {
  const std::string secret = "s3cr3t-k";
  const Folder folder;
  Daemon daemon(folder);
  for (int cut = 1; cut < static_cast<int>(secret.size()); ++cut) {
    CAPTURE(cut);
    auto request = Shell(folder, "job_a",
                         "a=$(echo $SECRET | cut -c-" + std::to_string(cut) +
                             "); printf %s \"x$a\"; sleep 0.02; "
                             "printf %s \"${SECRET#$a}\"y; printf %s $SECRET >&2",
                         cut);
    request.env["SECRET"] = secret;
    request.redact = {secret};
    Run(daemon, request);
    CHECK(LogOf(request) == "x[redacted]y");
    CHECK(LogOf(request, "stderr.log") == "[redacted]");
  }
}

TEST_CASE("log: a link in its place is replaced, not followed") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(
      folder, "job_a", "ln -s $HERE/elsewhere $HERE/runs/job_a/1/stdout.log; echo said; exit 4");
  Run(daemon, request);
  CHECK(LogOf(request) == "said\n");
  CHECK_FALSE(Exists(folder.path() + "/elsewhere"));
}

TEST_CASE("log: a full disk costs output, not the job") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Folder folder;
  Daemon daemon(folder);
  setrlimit(RLIMIT_FSIZE, &before);
  const auto request = Shell(folder, "job_a", "seq 1 20000; exit 4");
  const ExitRecord record = Run(daemon, request);
  REQUIRE(std::holds_alternative<Exited>(record.status));
  CHECK(std::get<Exited>(record.status).code == 4);
  CHECK(LogOf(request).size() <= 4096);
  CHECK(LogOf(request).starts_with("1\n2\n3\n"));
}

TEST_CASE("progress: the last line is told while the job runs, and again at its end") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a",
            "echo '1 begin' > $JOBGATE_PROGRESS; while [ ! -e $HERE/go ]; do sleep 0.01; done; "
            "echo '50 half' >> $JOBGATE_PROGRESS; while [ ! -e $HERE/end ]; do sleep 0.01; done; "
            "echo '99 late' >> $JOBGATE_PROGRESS");
  daemon.client().Spawn(request);
  CHECK(daemon.Next<AttemptProgress>().line == "1 begin");
  std::ofstream(folder.path() + "/go") << "1";
  CHECK(daemon.Next<AttemptProgress>().line == "50 half");
  std::ofstream(folder.path() + "/end") << "1";
  CHECK(daemon.Ended(request.id).progress == "99 late");
}

TEST_CASE("progress: a file that is replaced by rename is followed") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a",
            "p=$JOBGATE_PROGRESS; echo '1 a' > $p; while [ ! -e $HERE/go ]; do sleep 0.01; done; "
            "echo '2 b' > $p.new; mv $p.new $p; while [ ! -e $HERE/more ]; do sleep 0.01; done; "
            "echo '3 c' >> $p; sleep 1000");
  daemon.client().Spawn(request);
  CHECK(daemon.Next<AttemptProgress>().line == "1 a");
  std::ofstream(folder.path() + "/go") << "1";
  CHECK(daemon.Next<AttemptProgress>().line == "2 b");
  std::ofstream(folder.path() + "/more") << "1";
  CHECK(daemon.Next<AttemptProgress>().line == "3 c");
}

TEST_CASE("progress: a flood is told at most twice a second, and its last value always") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a",
            "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i >> $JOBGATE_PROGRESS; done; "
            "while [ ! -e $HERE/go ]; do sleep 0.01; done");
  daemon.client().Spawn(request);
  REQUIRE(daemon.Until([&] {
    const auto lines = ProgressLines(daemon);
    return !lines.empty() && lines.back() == "20000";
  }));
  const auto told = static_cast<int64_t>(ProgressLines(daemon).size());
  std::ofstream(folder.path() + "/go") << "1";
  const ExitRecord record = daemon.Ended(request.id);
  CHECK(told <= record.runtime / Duration(500) + 1);
  CHECK(record.progress == "20000");
}

TEST_CASE("progress: what is shown is one short printable line without secrets") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a",
                       "printf '5 \\033[31mred\\007 tok3n \\377' > $JOBGATE_PROGRESS; "
                       "head -c 500 /dev/zero | tr '\\0' x >> $JOBGATE_PROGRESS");
  request.redact = {"tok3n"};
  const auto progress = Run(daemon, request).progress;
  REQUIRE(progress);
  CHECK(progress->size() == 200);
  CHECK(progress->starts_with("5 [31mred [redacted] xxx"));
}

TEST_CASE("progress: a secret that a long line is cut in does not show with its end") {
  const Folder folder;
  Daemon daemon(folder);
  const std::string secret = "s3cr3t-value";
  for (int length = 4096 - 11; length < 4096 + 12; ++length) {
    CAPTURE(length);
    auto request =
        Shell(folder, "job_a",
              "printf %s $SECRET > $JOBGATE_PROGRESS; head -c " + std::to_string(length) +
                  " /dev/zero | tr '\\0' x >> $JOBGATE_PROGRESS",
              length);
    request.env["SECRET"] = secret;
    request.redact = {secret};
    const auto progress = Run(daemon, request).progress;
    REQUIRE(progress);
    const std::string line = progress->substr(0, 20);
    CHECK((line.starts_with("[redacted]xxx") || line == std::string(20, 'x')));
  }
}

}  // namespace jobgate::posix
