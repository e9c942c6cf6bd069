#include "store/migrator/migrator.h"

#include <charconv>
#include <utility>

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include "src/base/check.h"
#include "src/base/digest.h"

namespace jobgate {

extern const EmbeddedFile kMigrations[];
extern const int kMigrationsCount;

namespace {

int PragmaInt(SQLite::Database& db, const std::string& name) {
  return db.execAndGet("PRAGMA " + name).getInt();
}

bool IsEmpty(SQLite::Database& db) {
  return db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

Result<void> CheckIdentity(SQLite::Database& db) {
  if (PragmaInt(db, "application_id") == kApplicationId) return {};
  if (PragmaInt(db, "application_id") == 0 && PragmaInt(db, "user_version") == 0 && IsEmpty(db))
    return {};
  return Fail(Code::kConflict,
              db.getFilename() + " is not a jobgate database; point store.path to another file");
}

// What was applied must be what this binary carries.
Result<void> CheckApplied(SQLite::Database& db, std::span<const Migration> migrations) {
  if (PragmaInt(db, "user_version") == 0) return {};
  SQLite::Statement rows(db,
                         "SELECT version, name, sha256 FROM schema_migrations ORDER BY version");
  int applied = 0;
  for (; rows.executeStep(); ++applied) {
    if (rows.getColumn(0).getInt() != applied + 1 || applied >= std::ssize(migrations)) break;
    const Migration& migration = migrations[static_cast<size_t>(applied)];
    if (rows.getColumn(2).getString() != Sha256Hex(migration.sql))
      return Fail(
          Code::kConflict,
          db.getFilename() + " was migrated by another " + migration.name +
              " than this jobgate carries; run the jobgate that made it, or restore a backup");
  }
  if (applied == PragmaInt(db, "user_version") && !rows.hasRow()) return {};
  return Fail(Code::kStoreFault, db.getFilename() +
                                     ": schema_migrations and user_version disagree; the file is "
                                     "damaged, restore a backup");
}

void Record(SQLite::Database& db, const Migration& migration) {
  SQLite::Statement insert(
      db,
      "INSERT INTO schema_migrations (version, name, sha256, applied_at) "
      "VALUES (?, ?, ?, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))");
  insert.bind(1, migration.version);
  insert.bind(2, migration.name);
  insert.bind(3, Sha256Hex(migration.sql));
  insert.exec();
  db.exec("PRAGMA user_version = " + std::to_string(migration.version));
}

void CreateLedger(SQLite::Database& db) {
  db.exec(
      "CREATE TABLE schema_migrations (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
      "sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT");
  db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
}

Result<void> CheckForeignKeys(SQLite::Database& db, const Migration& migration) {
  SQLite::Statement check(db, "PRAGMA foreign_key_check");
  if (!check.executeStep()) return {};
  return Fail(Code::kInternal, migration.name + " left rows of " + check.getColumn(0).getString() +
                                   " without their parent; nothing was changed");
}

// Rolls back on every way out but the last.
Result<void> Apply(SQLite::Database& db, const Migration& migration) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  if (migration.version == 1) CreateLedger(db);
  try {
    db.exec(std::string(migration.sql));
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_ERROR && error.getErrorCode() != SQLITE_CONSTRAINT) throw;
    return Fail(Code::kInternal, migration.name + " failed: " + error.what() +
                                     "; the store stays at version " +
                                     std::to_string(migration.version - 1));
  }
  if (migration.version > 1) JOBGATE_TRY(CheckForeignKeys(db, migration));
  Record(db, migration);
  transaction.commit();
  return {};
}

// Rebuilding a table must not act on the rows that refer to it; the pragma has no effect inside
// a transaction (https://www.sqlite.org/lang_altertable.html, section 7).
class ForeignKeysOff {
 public:
  explicit ForeignKeysOff(SQLite::Database& db) : db_(db), was_(PragmaInt(db, "foreign_keys")) {
    db_.exec("PRAGMA foreign_keys = OFF");
  }
  ~ForeignKeysOff() {
    if (was_ != 0) db_.tryExec("PRAGMA foreign_keys = ON");
  }
  ForeignKeysOff(const ForeignKeysOff&) = delete;
  ForeignKeysOff& operator=(const ForeignKeysOff&) = delete;

 private:
  SQLite::Database& db_;
  const int was_;
};

// A migration may change the text of a schema by itself, where no row changes with it (there, the
// second procedure); a defensive connection refuses that
// (https://www.sqlite.org/c3ref/c_dbconfig_defensive.html).
class DefensiveOff {
 public:
  explicit DefensiveOff(SQLite::Database& db) : db_(db), was_(Set(-1)) { Set(0); }
  ~DefensiveOff() { Set(was_); }
  DefensiveOff(const DefensiveOff&) = delete;
  DefensiveOff& operator=(const DefensiveOff&) = delete;

 private:
  // What it is then. A negative `value` changes nothing.
  int Set(int value) {
    int now = 0;
    sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, value, &now);
    return now;
  }

  SQLite::Database& db_;
  const int was_;
};

int VersionOf(std::string_view name) {
  int version = 0;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

Result<void> CheckAll(SQLite::Database& db, std::span<const Migration> migrations) {
  JOBGATE_TRY(CheckIdentity(db));
  JOBGATE_TRY(CheckNotNewer(db, migrations));
  return CheckApplied(db, migrations);
}

}  // namespace

std::vector<Migration> MigrationsFrom(std::span<const EmbeddedFile> files) {
  std::vector<Migration> migrations;
  for (const EmbeddedFile& file : files) {
    const int version = VersionOf(file.name);
    JOBGATE_CHECK(version == std::ssize(migrations) + 1, "migrations are numbered without gaps");
    migrations.push_back({version, std::string(file.name), file.content});
  }
  return migrations;
}

const std::vector<Migration>& BuiltInMigrations() {
  static const std::vector<Migration> migrations =
      MigrationsFrom({kMigrations, static_cast<size_t>(kMigrationsCount)});
  return migrations;
}

Result<void> CheckNotNewer(SQLite::Database& db, std::span<const Migration> migrations) {
  const int version = PragmaInt(db, "user_version");
  if (version <= std::ssize(migrations) || PragmaInt(db, "application_id") != kApplicationId)
    return {};
  return Fail(Code::kConflict,
              db.getFilename() + " has schema version " + std::to_string(version) +
                  ", this jobgate knows up to version " + std::to_string(migrations.size()) +
                  "; upgrade jobgate, or restore a backup made before the newer version ran");
}

Result<void> Migrate(SQLite::Database& db, std::span<const Migration> migrations) {
  JOBGATE_TRY(CheckAll(db, migrations));
  const auto applied = static_cast<size_t>(PragmaInt(db, "user_version"));
  if (applied == migrations.size()) return {};
  const ForeignKeysOff foreign_keys_off(db);
  const DefensiveOff defensive_off(db);
  for (const Migration& migration : migrations.subspan(applied)) JOBGATE_TRY(Apply(db, migration));
  return {};
}

Result<void> CheckSchema(SQLite::Database& db, std::span<const Migration> migrations) {
  JOBGATE_TRY(CheckAll(db, migrations));
  const int version = PragmaInt(db, "user_version");
  if (version == std::ssize(migrations)) return {};
  return Fail(Code::kConflict, db.getFilename() + " has schema version " + std::to_string(version) +
                                   ", this jobgate needs " + std::to_string(migrations.size()) +
                                   "; start `jobgate serve` once to migrate it");
}

}  // namespace jobgate
