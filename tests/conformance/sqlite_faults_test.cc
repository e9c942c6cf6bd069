// What the environment does to the SQLite store: full disks, damage, locks, newer schemas.
#include <sys/mount.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>

#include "tests/conformance/world.h"
#include "tests/support/file_size_limit.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<SqliteStore>> OpenSmall(const std::string& path, int64_t bytes_max) {
  SqliteOptions options;
  options.bytes_max = bytes_max;
  return OpenSqliteStore(path, options);
}

void InsertJobs(Store& store, SampleJobs& jobs, int count) {
  REQUIRE_OK(store.Begin());
  for (int i = 0; i < count; ++i) REQUIRE_OK(store.InsertJob(jobs.Queued()));
  REQUIRE_OK(store.Commit());
}

int64_t Total(StoreQueries& store) {
  const Result<StateCounts> counts = store.Counts(kSampleTime);
  REQUIRE_OK(counts);
  return counts->Total();
}

// Inserts job after job until a call fails; true where the turn did not end in a commit.
Result<void> InsertUntilFault(Store& store, SampleJobs& jobs, int& committed) {
  for (int turn = 0; turn < 10'000; ++turn) {
    JOBGATE_TRY(store.Begin());
    for (int i = 0; i < 50; ++i)
      if (Result<void> inserted = store.InsertJob(jobs.Queued()); !inserted) return inserted;
    JOBGATE_TRY(store.Commit());
    committed += 50;
  }
  return {};
}

// A file system of 2 MiB; only root may make one.
class SmallDisk {
 public:
  SmallDisk()
      : mounted_(::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=2m,mode=0700") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::string operator/(const std::string& name) const { return dir_ / name; }

 private:
  TempDir dir_;
  bool mounted_;
};

// A closed database of a few dozen pages.
std::string MakeDatabase(const TempDir& dir) {
  std::string path = dir / "jobs.db";
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);
  SampleJobs jobs;
  InsertJobs(**store, jobs, 200);
  return path;
}

void Overwrite(const std::string& path, int64_t offset, int64_t size) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file << std::string(static_cast<size_t>(size), '\xff');
}

void CheckRefusedAsDamaged(const std::string& path) {
  const auto store = OpenSqliteStore(path);
  REQUIRE(!store);
  CHECK(store.error().code == Code::kStoreFault);
  CHECK(store.error().message.find("restore a backup") != std::string::npos);
}

}  // namespace

TEST_CASE("sqlite store: a full file rolls the whole turn back and says what to do") {
  const TempDir dir;
  auto store = OpenSmall(dir / "jobs.db", 256 << 10);
  REQUIRE_OK(store);
  SampleJobs jobs;
  int committed = 0;
  const Result<void> failed = InsertUntilFault(**store, jobs, committed);
  REQUIRE(!failed);
  CHECK(failed.error().code == Code::kStoreFault);
  CHECK(failed.error().message.find("disk full: free space on " + dir.path()) != std::string::npos);
  CHECK(committed > 0);
  // The rest of the turn cannot succeed any more.
  CHECK((*store)->InsertJob(jobs.Queued()).error().code == Code::kStoreFault);
  CHECK((*store)->Counts(kSampleTime).error().code == Code::kStoreFault);
  CHECK((*store)->Commit().error().code == Code::kStoreFault);
  CHECK(Total(**store) == committed);
}

TEST_CASE("sqlite store: after a failed turn and Rollback the store works on") {
  const TempDir dir;
  auto store = OpenSmall(dir / "jobs.db", 256 << 10);
  REQUIRE_OK(store);
  SampleJobs jobs;
  int committed = 0;
  REQUIRE(!InsertUntilFault(**store, jobs, committed));
  (*store)->Rollback();
  CHECK(Total(**store) == committed);
  REQUIRE_OK((*store)->Begin());
  REQUIRE_OK((*store)->PutSetting("small", "fits"));
  REQUIRE_OK((*store)->Commit());
}

TEST_CASE("sqlite store: a commit that failed is sticky until Reopen, and half of it never shows") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);
  SampleJobs jobs;
  InsertJobs(**store, jobs, 10);
  REQUIRE_OK((*store)->Begin());
  for (int i = 0; i < 200; ++i) REQUIRE_OK((*store)->InsertJob(jobs.Queued()));
  {
    const FileSizeLimit limit(fs::file_size(path + "-wal") + 64 * 1024);
    const Result<void> committed = (*store)->Commit();
    REQUIRE(!committed);
    CHECK(committed.error().code == Code::kStoreFault);
    CHECK((*store)->Begin().error().code == Code::kStoreFault);
    CHECK((*store)->Counts(kSampleTime).error().code == Code::kStoreFault);
    CHECK((*store)->Tidy().error().code == Code::kStoreFault);
  }
  CHECK((*store)->Begin().error().code == Code::kStoreFault);
  REQUIRE_OK((*store)->Reopen());
  const int64_t total = Total(**store);
  CHECK((total == 10 || total == 210));
  InsertJobs(**store, jobs, 1);
}

TEST_CASE("sqlite store: a full disk loses nothing acknowledged and goes on once there is room") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped: only root may mount a small file system");
    return;
  }
  auto store = OpenSqliteStore(disk / "jobs.db");
  REQUIRE_OK(store);
  SampleJobs jobs;
  // Later removed: room for what the log holds to come into the file.
  std::ofstream(disk / "filler") << std::string(1'500'000, 'f');
  int acknowledged = 0;
  const Result<void> failed = InsertUntilFault(**store, jobs, acknowledged);
  REQUIRE(!failed);
  CHECK(failed.error().code == Code::kStoreFault);
  CHECK(acknowledged > 0);
  (*store)->Rollback();
  const int64_t free_kib = 4096;
  std::ofstream(disk / "filler2") << std::string(free_kib * 1024, 'f');
  CHECK((*store)->Reopen().error().code == Code::kStoreFault);
  CHECK((*store)->Begin().error().code == Code::kStoreFault);
  fs::remove(disk / "filler");
  fs::remove(disk / "filler2");
  REQUIRE_OK((*store)->Reopen());
  const int64_t total = Total(**store);
  CHECK((total == acknowledged || total == acknowledged + 50));
  InsertJobs(**store, jobs, 1);
  SQLite::Database witness(disk / "jobs.db");
  CHECK(witness.execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE("sqlite store: a truncated file is refused") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  fs::resize_file(path, fs::file_size(path) / 2);
  CheckRefusedAsDamaged(path);
}

TEST_CASE("sqlite store: an overwritten header is refused") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  Overwrite(path, 0, 100);
  CheckRefusedAsDamaged(path);
}

TEST_CASE("sqlite store: any overwritten page is refused") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  const int64_t page_bytes = SQLite::Database(path).execAndGet("PRAGMA page_size").getInt64();
  const auto pages = static_cast<int64_t>(fs::file_size(path)) / page_bytes;
  REQUIRE(pages > 20);
  for (int64_t page = 1; page < pages; ++page) {
    CAPTURE(page);
    const std::string copy = dir / "copy.db";
    fs::copy_file(path, copy, fs::copy_options::overwrite_existing);
    Overwrite(copy, page * page_bytes, page_bytes);
    CheckRefusedAsDamaged(copy);
  }
}

TEST_CASE("sqlite store: a newer schema is refused for writing and reading, naming both versions") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  auto check = [](const Error& error) {
    CHECK(error.code == Code::kConflict);
    CHECK(error.message.find("schema version 99") != std::string::npos);
    CHECK(error.message.find("upgrade jobgate, or restore a backup") != std::string::npos);
  };
  const auto store = OpenSqliteStore(path);
  REQUIRE(!store);
  check(store.error());
  const auto reader = OpenSqliteReader(path);
  REQUIRE(!reader);
  check(reader.error());
}

TEST_CASE("sqlite store: a lock of another program is a fault that names it, and passes") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  SqliteOptions options;
  options.busy_timeout = Duration(1);
  auto store = OpenSqliteStore(path, options);
  REQUIRE_OK(store);
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const Result<void> begun = (*store)->Begin();
  REQUIRE(!begun);
  CHECK(begun.error().code == Code::kStoreFault);
  CHECK(begun.error().message.find("locked by another program") != std::string::npos);
  other.exec("ROLLBACK");
  REQUIRE_OK((*store)->Begin());
  REQUIRE_OK((*store)->Commit());
}

TEST_CASE("sqlite store: a reader that holds an old state back makes Reopen fail, not lie") {
  const TempDir dir;
  const std::string path = MakeDatabase(dir);
  SqliteOptions options;
  options.busy_timeout = Duration(1);
  auto store = OpenSqliteStore(path, options);
  REQUIRE_OK(store);
  SQLite::Database reader(path);
  reader.exec("BEGIN");
  CHECK(reader.execAndGet("SELECT count(*) FROM jobs").getInt() == 200);
  SampleJobs jobs;
  REQUIRE_OK((*store)->Begin());
  REQUIRE_OK((*store)->PutSetting("later", "than the reader's state"));
  REQUIRE_OK((*store)->Commit());
  CHECK((*store)->Reopen().error().code == Code::kStoreFault);
  reader.exec("COMMIT");
  REQUIRE_OK((*store)->Reopen());
}

TEST_CASE("sqlite store: after upkeep the log is written from its start, and keeps 8 MiB at most") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);
  SampleJobs jobs;
  InsertJobs(**store, jobs, 12000);
  const auto log_bytes = fs::file_size(path + "-wal");
  CHECK(log_bytes > (1 << 20));
  {
    auto reader = OpenSqliteReader(path);
    REQUIRE_OK(reader);
    CHECK(Total(**reader) == 12000);
  }
  CHECK(fs::file_size(path + "-wal") == log_bytes);
  REQUIRE_OK((*store)->Tidy());
  InsertJobs(**store, jobs, 1);
  CHECK(fs::file_size(path + "-wal") <= std::max<uintmax_t>(log_bytes, 8 << 20));
  CHECK(Total(**store) == 12001);
}

TEST_CASE("sqlite store: a log that is never tidied is bounded all the same") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);
  SampleJobs jobs;
  for (int i = 0; i < 8; ++i) InsertJobs(**store, jobs, 12000);
  CHECK(fs::file_size(path + "-wal") < (16 << 20));
  CHECK(fs::file_size(path) > (8 << 20));
}

TEST_CASE("sqlite store: a checkpoint that fails shows with the next turn, and is made up for") {
  const TempDir dir;
  const std::string path = dir / "jobs.db";
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);
  SampleJobs jobs;
  InsertJobs(**store, jobs, 12000);
  {
    const FileSizeLimit limit(fs::file_size(path) + 4096);
    CHECK((*store)->Tidy().error().code == Code::kStoreFault);
    CHECK((*store)->Begin().error().code == Code::kStoreFault);
  }
  REQUIRE_OK((*store)->Reopen());
  CHECK(Total(**store) == 12000);
}

TEST_CASE("sqlite store: a reader needs a store that is there") {
  const TempDir dir;
  const auto reader = OpenSqliteReader(dir / "none.db");
  REQUIRE(!reader);
  CHECK(reader.error().code == Code::kStoreFault);
  CHECK(!fs::exists(dir / "none.db"));
}

}  // namespace jobgate
