#include "store/migrator/migrator.h"

#include <doctest/doctest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

const std::vector<Migration> kFirst = {{1, "0001_first.sql", "CREATE TABLE a (x INTEGER);"}};
const std::vector<Migration> kSecond = {
    kFirst[0],
    {2, "0002_second.sql", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7; CREATE TABLE b (z);"}};

class File {
 public:
  SQLite::Database Open() const {
    return {dir_ / "jobs.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  }

 private:
  TempDir dir_;
};

int Version(SQLite::Database& db) {
  return db.execAndGet("PRAGMA user_version").getInt();
}

}  // namespace

TEST_CASE("migrator: an empty file gets every migration, a mark and a ledger") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kSecond));
  CHECK(Version(db) == 2);
  CHECK(db.execAndGet("PRAGMA application_id").getInt() == kApplicationId);
  CHECK(db.execAndGet("SELECT group_concat(name) FROM schema_migrations").getString() ==
        "0001_first.sql,0002_second.sql");
  CHECK(db.tableExists("b"));
}

TEST_CASE("migrator: a database of the first version is migrated and keeps its rows") {
  File file;
  {
    SQLite::Database db = file.Open();
    REQUIRE(Migrate(db, kFirst));
    db.exec("INSERT INTO a (x) VALUES (1), (2)");
  }
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kSecond));
  CHECK(Version(db) == 2);
  CHECK(db.execAndGet("SELECT sum(x) || ':' || sum(y) FROM a").getString() == "3:14");
}

TEST_CASE("migrator: a second run changes nothing") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kSecond));
  const int changes = db.getTotalChanges();
  REQUIRE(Migrate(db, kSecond));
  CHECK(db.getTotalChanges() == changes);
}

TEST_CASE("migrator: a migration that fails half-way leaves the version before it intact") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kFirst));
  db.exec("INSERT INTO a (x) VALUES (5)");
  const std::vector<Migration> broken = {
      kFirst[0], {2, "0002_broken.sql", "CREATE TABLE b (z); DELETE FROM a; SELEKT;"}};
  const Result<void> migrated = Migrate(db, broken);
  REQUIRE(!migrated);
  CHECK(migrated.error().message.find("0002_broken.sql failed") != std::string::npos);
  CHECK(migrated.error().message.find("stays at version 1") != std::string::npos);
  CHECK(Version(db) == 1);
  CHECK(!db.tableExists("b"));
  CHECK(db.execAndGet("SELECT x FROM a").getInt() == 5);
  CHECK(Migrate(db, kSecond));
}

TEST_CASE("migrator: a migration that leaves a row without its parent is refused") {
  File file;
  SQLite::Database db = file.Open();
  const std::vector<Migration> parents = {
      {1, "0001_p.sql",
       "CREATE TABLE p (id INTEGER PRIMARY KEY); "
       "CREATE TABLE c (id REFERENCES p); INSERT INTO p VALUES (1); "
       "INSERT INTO c VALUES (1);"}};
  REQUIRE(Migrate(db, parents));
  const std::vector<Migration> orphaning = {parents[0], {2, "0002_o.sql", "DELETE FROM p;"}};
  CHECK(!Migrate(db, orphaning));
  CHECK(db.execAndGet("SELECT count(*) FROM p").getInt() == 1);
}

TEST_CASE("migrator: a newer schema is refused, naming both versions and what to do") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kSecond));
  const Result<void> migrated = Migrate(db, kFirst);
  REQUIRE(!migrated);
  CHECK(migrated.error().code == Code::kConflict);
  CHECK(migrated.error().message.find("schema version 2") != std::string::npos);
  CHECK(migrated.error().message.find("up to version 1") != std::string::npos);
  CHECK(migrated.error().message.find("upgrade jobgate, or restore a backup") != std::string::npos);
}

TEST_CASE("migrator: a migration that was changed after it ran is refused") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kFirst));
  const std::vector<Migration> changed = {{1, "0001_first.sql", "CREATE TABLE a (x TEXT);"}};
  const Result<void> migrated = Migrate(db, changed);
  REQUIRE(!migrated);
  CHECK(migrated.error().code == Code::kConflict);
  CHECK(migrated.error().message.find("0001_first.sql") != std::string::npos);
}

TEST_CASE("migrator: another program's database is refused") {
  File file;
  SQLite::Database db = file.Open();
  db.exec("CREATE TABLE theirs (x)");
  const Result<void> migrated = Migrate(db, kFirst);
  REQUIRE(!migrated);
  CHECK(migrated.error().code == Code::kConflict);
  CHECK(!db.tableExists("a"));
}

TEST_CASE("migrator: a ledger that disagrees with the version is damage") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kSecond));
  db.exec("DELETE FROM schema_migrations WHERE version = 2");
  const Result<void> migrated = Migrate(db, kSecond);
  REQUIRE(!migrated);
  CHECK(migrated.error().code == Code::kStoreFault);
}

TEST_CASE("migrator: the check for readers accepts only the newest schema") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, kFirst));
  CHECK(CheckSchema(db, kFirst));
  const Result<void> checked = CheckSchema(db, kSecond);
  REQUIRE(!checked);
  CHECK(checked.error().message.find("version 1") != std::string::npos);
}

TEST_CASE("migrator: the migrations of this binary make a database without complaint") {
  File file;
  SQLite::Database db = file.Open();
  REQUIRE(Migrate(db, BuiltInMigrations()));
  CHECK(Version(db) == std::ssize(BuiltInMigrations()));
  CHECK(db.execAndGet("PRAGMA integrity_check").getString() == "ok");
}

}  // namespace jobgate
