#include <sys/stat.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/store_files.h"
#include "tests/support/check_ok.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("sqlite files: new files and folders are private under any umask") {
  for (mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    const TempDir dir;
    const Umask umask(mask);
    const std::string path = dir / "data/deep/jobs.db";
    auto store = OpenSqliteStore(path);
    REQUIRE_OK(store);
    CHECK(ModeOf(dir / "data") == 0700);
    CHECK(ModeOf(dir / "data/deep") == 0700);
    CHECK(ModeOf(path) == 0600);
    CHECK(ModeOf(path + "-wal") == 0600);
    CHECK(ModeOf(path + "-shm") == 0600);
  }
}

TEST_CASE("sqlite files: a database that others could read is made private") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  REQUIRE_OK(OpenSqliteStore(path));
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  REQUIRE_OK(OpenSqliteStore(path));
  CHECK(ModeOf(path) == 0600);
}

TEST_CASE("sqlite files: a folder that was there keeps its permissions") {
  const TempDir dir;
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  REQUIRE_OK(OpenSqliteStore(dir / "jobs.db"));
  CHECK(ModeOf(dir.path()) == 0755);
}

TEST_CASE("sqlite files: a path below a file is refused with its name") {
  const TempDir dir;
  std::ofstream(dir / "file") << "x";
  const auto store = OpenSqliteStore(dir / "file/jobs.db");
  REQUIRE(!store);
  CHECK(store.error().code == Code::kStoreFault);
  CHECK(store.error().message.find(dir / "file") != std::string::npos);
}

TEST_CASE("sqlite files: a file that is no database is refused and kept as it is") {
  const TempDir dir;
  const std::string path = dir / "notes.txt";
  std::ofstream(path) << std::string(5000, 'n');
  const auto store = OpenSqliteStore(path);
  REQUIRE(!store);
  CHECK(store.error().code == Code::kStoreFault);
  CHECK(store.error().message.find("not a SQLite database") != std::string::npos);
  CHECK(std::filesystem::file_size(path) == 5000);
}

TEST_CASE("sqlite files: a log with room reserved keeps its length while it is written") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  SqliteOptions options;
  options.reserve_log = true;
  const auto log_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
  {
    auto store = OpenSqliteStore(path, options);
    REQUIRE_OK(store);
    const auto reserved = log_bytes();
    CHECK(reserved >= 10u << 20);
    REQUIRE_OK((*store)->Begin());
    REQUIRE_OK((*store)->PutSetting("colour", "green"));
    REQUIRE_OK((*store)->Commit());
    CHECK(log_bytes() == reserved);
    // What a killed daemon leaves: frames, and zeros behind them.
    for (const char* suffix : {"", "-wal"})
      std::filesystem::copy_file(path + suffix, (dir / "copy.db") + suffix);
  }
  auto copy = OpenSqliteStore(dir / "copy.db", options);
  REQUIRE_OK(copy);
  const auto colour = (*copy)->GetSetting("colour");
  REQUIRE_OK(colour);
  CHECK(*colour == "green");
}

TEST_CASE("sqlite files: where the disk has no room to reserve, a file stays as it is") {
  const TempDir dir;
  const std::string path = dir / "log";
  std::ofstream(path) << "frames";
  const FileSizeLimit limit(1 << 20);  // as a full disk: the write ends early, then fails
  REQUIRE_OK(ReserveFile(path, 4 << 20));
  CHECK(std::filesystem::file_size(path) == 6);
}

}  // namespace jobgate
