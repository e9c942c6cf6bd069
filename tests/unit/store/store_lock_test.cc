#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

const StoreHolder kHolder{4711, Time(Duration(1'767'225'600'000)), "127.0.0.1:8787", "0.1.0"};

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("store lock: a second holder is refused and told who holds it") {
  const TempDir dir;
  const auto first = StoreLock::Acquire(dir / "jobs.db", kHolder);
  REQUIRE(first);
  const auto second = StoreLock::Acquire(dir / "jobs.db", kHolder);
  REQUIRE(!second);
  CHECK(second.error().code == Code::kConflict);
  CHECK(second.error().message.find("pid 4711 since 2026-01-01T00:00:00.000Z, listening on "
                                    "127.0.0.1:8787") != std::string::npos);
}

TEST_CASE("store lock: it is free again once its holder is gone, whatever the file says") {
  const TempDir dir;
  { REQUIRE(StoreLock::Acquire(dir / "jobs.db", kHolder)); }
  CHECK(ReadAll(dir / "jobs.db.lock").find("4711") != std::string::npos);
  CHECK(StoreLock::Acquire(dir / "jobs.db", kHolder));
}

TEST_CASE("store lock: a killed holder's lock is free") {
  const TempDir dir;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = StoreLock::Acquire(dir / "jobs.db", kHolder);
    const char sign = lock ? 'y' : 'n';
    if (::write(ready[1], &sign, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char sign = 0;
  REQUIRE(::read(ready[0], &sign, 1) == 1);
  CHECK(sign == 'y');
  CHECK(!StoreLock::Acquire(dir / "jobs.db", kHolder));
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(StoreLock::Acquire(dir / "jobs.db", kHolder));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("store lock: a holder whose file cannot be read is still a holder") {
  const TempDir dir;
  const auto first = StoreLock::Acquire(dir / "jobs.db", kHolder);
  REQUIRE(first);
  for (const char* content : {"", "rubbish", "[1]", "{\"pid\":\"x\"}", "{\"pid\":1}"}) {
    std::ofstream(dir / "jobs.db.lock") << content;
    const auto second = StoreLock::Acquire(dir / "jobs.db", kHolder);
    REQUIRE(!second);
    CHECK(second.error().code == Code::kConflict);
  }
}

TEST_CASE("store lock: a shorter description leaves nothing of the longer one") {
  const TempDir dir;
  auto lock = StoreLock::Acquire(dir / "jobs.db", kHolder);
  REQUIRE(lock);
  StoreHolder shorter = kHolder;
  shorter.listen = "";
  REQUIRE(lock->Describe(shorter));
  CHECK(ReadAll(dir / "jobs.db.lock") ==
        "{\"listen\":\"\",\"pid\":4711,\"startedAt\":\"2026-01-01T00:00:00.000Z\","
        "\"version\":\"0.1.0\"}\n");
}

TEST_CASE("store lock: the file is private and a link in its place is refused") {
  const TempDir dir;
  { REQUIRE(StoreLock::Acquire(dir / "jobs.db", kHolder)); }
  struct stat status {};
  REQUIRE(::stat((dir / "jobs.db.lock").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(::symlink((dir / "elsewhere").c_str(), (dir / "other.db.lock").c_str()) == 0);
  CHECK(!StoreLock::Acquire(dir / "other.db", kHolder));
}

TEST_CASE("store lock: no child inherits it") {
  const TempDir dir;
  auto lock = StoreLock::Acquire(dir / "jobs.db", kHolder);
  REQUIRE(lock);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    ::_exit(127);
  }
  // Wait until the child is another program: its descriptors that close on exec are closed then.
  const std::string exe = "/proc/" + std::to_string(child) + "/comm";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (ReadAll(exe) != "sleep\n" && std::chrono::steady_clock::now() < deadline) ::usleep(100);
  { const StoreLock gone = std::move(*lock); }
  CHECK(StoreLock::Acquire(dir / "jobs.db", kHolder));
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}

}  // namespace jobgate
