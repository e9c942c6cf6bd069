#include <doctest/doctest.h>

#include <csignal>

#include "src/base/digest.h"
#include "tests/posix/supervisor/world.h"

namespace jobgate::posix {
namespace {

ExitRecord Run(Daemon& daemon, const SpawnRequest& request) {
  daemon.client().Spawn(request);
  return daemon.Ended(request.id);
}

std::string WhyOf(const ExitRecord& record) {
  const auto* failed = std::get_if<SpawnFailed>(&record.status);
  return failed == nullptr ? "it was started" : failed->why;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("supervisor: an exit code is told, with usage and run time") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request =
      Shell(folder, "job_a", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 7");
  const ExitRecord record = Run(daemon, request);
  REQUIRE(std::holds_alternative<Exited>(record.status));
  CHECK(std::get<Exited>(record.status).code == 7);
  CHECK(record.usage.cpu_ms > 0);
  CHECK(record.usage.rss_bytes_max > 100'000);
  CHECK(record.runtime.count() > 0);
  CHECK_FALSE(record.result);
  CHECK_FALSE(record.request);
  CHECK_FALSE(record.progress);
}

TEST_CASE("supervisor: the end tells the hash of the log of stdout, and of no other") {
  const Folder folder;
  Daemon daemon(folder);
  SpawnRequest loud = Shell(folder, "job_a", "echo the key is s3cret; seq 1 100000; echo no >&2");
  loud.redact = {"s3cret"};
  loud.log_bytes_max = 50'000;
  const ExitRecord record = Run(daemon, loud);
  CHECK(record.stdout_sha256 == Sha256Hex(LogOf(loud)));
  CHECK(LogOf(loud).starts_with("the key is [redacted]\n1\n"));
  CHECK(Run(daemon, Shell(folder, "job_b", "echo no >&2")).stdout_sha256 == Sha256Hex(""));
  CHECK(Run(daemon, Shell(folder, "job_c", ":")).stdout_sha256 == Sha256Hex(""));
  SpawnRequest missing = Shell(folder, "job_d", ":");
  missing.argv = {"no-such-program"};
  CHECK_FALSE(Run(daemon, missing).stdout_sha256);
}

TEST_CASE("supervisor: a start is told before the end, with the pid") {
  const Folder folder;
  Daemon daemon(folder);
  const auto request = Shell(folder, "job_a", "echo $$");
  daemon.client().Spawn(request);
  const auto started = daemon.Next<AttemptStarted>();
  daemon.Ended(request.id);
  CHECK(started.id == request.id);
  CHECK(LogOf(request) == std::to_string(started.pid) + "\n");
}

TEST_CASE("supervisor: a death by signal is told") {
  const Folder folder;
  Daemon daemon(folder);
  const ExitRecord record = Run(daemon, Shell(folder, "job_a", "kill -SEGV $$"));
  REQUIRE(std::holds_alternative<Signaled>(record.status));
  CHECK(std::get<Signaled>(record.status).signal == SIGSEGV);
}

TEST_CASE("supervisor: an attempt over its timeout is stopped and told as timed out") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "exec sleep 1000");
  request.timeout = Duration(50);
  const ExitRecord record = Run(daemon, request);
  REQUIRE(std::holds_alternative<TimedOut>(record.status));
  CHECK(std::get<TimedOut>(record.status).signal == SIGTERM);
  CHECK(record.runtime >= Duration(50));
}

TEST_CASE("supervisor: an exit code after the timeout's TERM is still a timeout") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "trap 'exit 0' TERM; while :; do sleep 0.01; done");
  request.timeout = Duration(50);
  CHECK(std::holds_alternative<TimedOut>(Run(daemon, request).status));
}

TEST_CASE("supervisor: without a timeout nothing is stopped") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "sleep 0.2");
  request.timeout = Duration::zero();
  CHECK(std::holds_alternative<Exited>(Run(daemon, request).status));
}

TEST_CASE("supervisor: a program that cannot be started says why") {
  const Folder folder;
  Daemon daemon(folder);
  auto request = Shell(folder, "job_a", "");
  SUBCASE("not on the PATH of the job") {
    request.argv = {"no-such-program"};
    const std::string why = WhyOf(Run(daemon, request));
    CHECK(Contains(why, "no-such-program"));
    CHECK(Contains(why, "PATH"));
  }
  SUBCASE("no PATH at all") {
    request.argv = {"sh"};
    request.env.erase("PATH");
    CHECK(Contains(WhyOf(Run(daemon, request)), "PATH"));
  }
  SUBCASE("a path that is not there") {
    request.argv = {"./missing.sh"};
    const std::string why = WhyOf(Run(daemon, request));
    CHECK(Contains(why, "missing.sh"));
    CHECK(Contains(why, "not there"));
  }
  SUBCASE("not executable") {
    request.argv = {"/etc/passwd"};
    const std::string why = WhyOf(Run(daemon, request));
    CHECK(Contains(why, "/etc/passwd"));
    CHECK(Contains(why, "chmod"));
  }
  SUBCASE("a folder") {
    request.argv = {"/etc"};
    CHECK(Contains(WhyOf(Run(daemon, request)), "directory"));
  }
  SUBCASE("the working directory is missing") {
    request.cwd = folder.path() + "/nowhere";
    const std::string why = WhyOf(Run(daemon, request));
    CHECK(Contains(why, folder.path() + "/nowhere"));
    CHECK(Contains(why, "cwd"));
  }
  SUBCASE("its folder cannot be made") {
    request.dir = "/proc/nowhere/1";
    CHECK(Contains(WhyOf(Run(daemon, request)), "/proc/nowhere/1"));
  }
}

TEST_CASE("supervisor: result, request and progress come with the exit record, bounded") {
  const Folder folder;
  Daemon daemon(folder);
  SUBCASE("as written") {
    const ExitRecord record = Run(daemon, Shell(folder, "job_a", R"(
        echo '{"rows": 3}' > "$JOBGATE_RESULT"
        echo '{"needsApproval": {}}' > "$JOBGATE_REQUEST"
        printf '10 a\n90 b\n' > "$JOBGATE_PROGRESS")"));
    CHECK(record.result == "{\"rows\": 3}\n");
    CHECK(record.request == "{\"needsApproval\": {}}\n");
    CHECK(record.progress == "90 b");
  }
  SUBCASE("one byte over the bound shows that it is too large") {
    const ExitRecord record = Run(
        daemon, Shell(folder, "job_a", "head -c 200000 /dev/zero | tr '\\0' x > $JOBGATE_RESULT"));
    REQUIRE(record.result);
    CHECK(record.result->size() == 64 * 1024 + 1);
  }
  SUBCASE("bytes that are not UTF-8 arrive unchanged") {
    const ExitRecord record =
        Run(daemon, Shell(folder, "job_a", R"(printf '"\377\000"' > $JOBGATE_RESULT)"));
    CHECK(record.result == std::string("\"\377\0\"", 4));
  }
  SUBCASE("a link is not followed") {
    CHECK_FALSE(Run(daemon, Shell(folder, "job_a", "ln -s /etc/passwd $JOBGATE_RESULT")).result);
  }
  SUBCASE("a pipe in its place blocks nobody") {
    CHECK_FALSE(
        Run(daemon, Shell(folder, "job_a", "mkfifo $JOBGATE_RESULT $JOBGATE_PROGRESS")).result);
  }
}

TEST_CASE("supervisor: many attempts at once each end once") {
  const Folder folder;
  Daemon daemon(folder);
  constexpr int kCount = 60;
  for (int i = 1; i <= kCount; ++i) {
    daemon.client().Spawn(Shell(folder, "job_a", "exit " + std::to_string(i), i));
  }
  for (int i = 1; i <= kCount; ++i) {
    const ExitRecord record = daemon.Ended({"job_a", i});
    REQUIRE(std::holds_alternative<Exited>(record.status));
    CHECK(std::get<Exited>(record.status).code == i);
  }
  CHECK_FALSE(daemon.Has<ExitRecord>());
}

}  // namespace jobgate::posix
