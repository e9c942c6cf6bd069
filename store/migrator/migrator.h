// Brings a database to the schema of this binary: numbered SQL files, applied in order, each in
// its own transaction and recorded with its SHA-256 in `schema_migrations`. PRAGMA user_version
// repeats the version, PRAGMA application_id marks the file as jobgate's
// (https://www.sqlite.org/pragma.html).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "src/base/embedded.h"
#include "src/base/error.h"

namespace jobgate {

inline constexpr int kApplicationId = 0x4A474154;  // "JGAT"

struct Migration {
  int version = 0;  // 1, 2, … without gaps
  std::string name;
  std::string_view sql;
};

// From files called "0001_name.sql", in order. JOBGATE_CHECKs the numbering: it is fixed when the
// binary is built.
std::vector<Migration> MigrationsFrom(std::span<const EmbeddedFile> files);

// Those built into this binary.
const std::vector<Migration>& BuiltInMigrations();

// Applies what is missing. A failing migration leaves the version before it intact.
// Errors: kConflict for a file of another program, a newer schema, or a migration whose recorded
// checksum is not that of `migrations`; each says what to do. Lets SQLite::Exception through.
Result<void> Migrate(SQLite::Database& db, std::span<const Migration> migrations);

// Refuses a schema of a later version, kConflict.
Result<void> CheckNotNewer(SQLite::Database& db, std::span<const Migration> migrations);

// Refuses what Migrate would refuse or change, and changes nothing: for read-only connections.
Result<void> CheckSchema(SQLite::Database& db, std::span<const Migration> migrations);

}  // namespace jobgate
