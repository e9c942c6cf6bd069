#include "store/sqlite/gathering_vfs.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

const int kWrite = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;

class Gathering {
 public:
  explicit Gathering(const std::string& path) : db_(path, kWrite, 0, GatheringVfs()) {
    db_.exec("PRAGMA journal_mode = WAL");
    db_.exec("PRAGMA synchronous = FULL");
    db_.exec("PRAGMA wal_autocheckpoint = 0");
    db_.exec("PRAGMA cache_size = -64");  // more than that is written before the commit
    db_.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)");
  }
  SQLite::Database& db() { return db_; }
  void Insert(int count) {
    for (int i = 0; i < count; ++i) db_.exec("INSERT INTO t (text) VALUES (hex(randomblob(1000)))");
  }

 private:
  SQLite::Database db_;
};

int64_t CountIn(const std::string& path) {
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  CHECK(db.execAndGet("PRAGMA integrity_check").getString() == "ok");
  return db.execAndGet("SELECT count(*) FROM t").getInt64();
}

// What another program, or the next start, would find at this moment.
int64_t CountInCopy(const std::string& path) {
  const TempDir dir;
  for (const char* end : {"", "-wal"})
    if (fs::exists(path + end)) fs::copy_file(path + end, dir / "copy" + end);
  SQLite::Database db(dir / "copy", SQLite::OPEN_READWRITE);
  CHECK(db.execAndGet("PRAGMA integrity_check").getString() == "ok");
  return db.execAndGet("SELECT count(*) FROM t").getInt64();
}

}  // namespace

TEST_CASE("gathering vfs: a commit is in the file once it returns, and not before") {
  const TempDir dir;
  Gathering store(dir / "t.db");
  int64_t committed = 0;
  for (const int rows : {1, 3, 2000, 1}) {
    CAPTURE(rows);
    const auto before = fs::file_size(dir / "t.db-wal");
    store.db().exec("BEGIN IMMEDIATE");
    store.Insert(rows);
    if (rows < 10) CHECK(fs::file_size(dir / "t.db-wal") == before);
    CHECK(CountIn(dir / "t.db") == committed);
    CHECK(CountInCopy(dir / "t.db") == committed);
    store.db().exec("COMMIT");
    committed += rows;
    CHECK(CountIn(dir / "t.db") == committed);
    CHECK(CountInCopy(dir / "t.db") == committed);
  }
}

TEST_CASE("gathering vfs: what was rolled back after it went to the log leaves no trace") {
  const TempDir dir;
  Gathering store(dir / "t.db");
  store.Insert(10);
  for (int round = 0; round < 3; ++round) {
    store.db().exec("BEGIN IMMEDIATE");
    store.Insert(500);
    store.db().exec("SAVEPOINT inner");
    store.Insert(500);
    store.db().exec("ROLLBACK TO inner");
    CHECK(store.db().execAndGet("SELECT count(*) FROM t").getInt() == 510 + round);
    store.db().exec("ROLLBACK");
    CHECK(CountInCopy(dir / "t.db") == 10 + round);
    store.Insert(1);
    CHECK(CountInCopy(dir / "t.db") == 11 + round);
  }
}

TEST_CASE("gathering vfs: a log that begins anew after a checkpoint is read as a whole") {
  const TempDir dir;
  Gathering store(dir / "t.db");
  for (int round = 1; round <= 20; ++round) {
    store.Insert(50);
    store.db().exec(round % 3 == 0 ? "PRAGMA wal_checkpoint(TRUNCATE)"
                                   : "PRAGMA wal_checkpoint(PASSIVE)");
    store.Insert(1);
    CHECK(CountInCopy(dir / "t.db") == 51 * round);
  }
}

TEST_CASE("gathering vfs: a log that became long is cut bit by bit, and is whole all the while") {
  constexpr uintmax_t kKept = 1 << 20, kAtOnce = 4 << 20;
  const TempDir dir;
  const std::string log = dir / "t.db-wal";
  Gathering store(dir / "t.db");
  store.db().exec("PRAGMA journal_size_limit = " + std::to_string(kKept));
  int64_t rows = 0;
  const auto insert = [&](int count) {
    store.db().exec("BEGIN IMMEDIATE");
    store.Insert(count);
    store.db().exec("COMMIT");
    rows += count;
  };
  insert(8000);
  store.db().exec("PRAGMA wal_checkpoint(PASSIVE)");
  auto length = fs::file_size(log);
  REQUIRE(length > 3 * kAtOnce);
  for (int commits = 0; length > kKept; ++commits) {
    REQUIRE(commits < 20);
    insert(commits == 2 ? 1000 : 1);  // once more than what would be kept
    const auto shorter = fs::file_size(log);
    CHECK(shorter + kAtOnce >= length);
    length = shorter;
    CHECK(CountInCopy(dir / "t.db") == rows);
    if (commits == 4) store.db().exec("PRAGMA wal_checkpoint(PASSIVE)");
  }
  insert(10);
  CHECK(CountInCopy(dir / "t.db") == rows);
}

}  // namespace jobgate
