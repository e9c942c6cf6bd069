// What a SQLite store can be checked for: what SQLite itself knows, and what jobgate keeps true
// beyond that.
#pragma once
#include <vector>

#include "store/sqlite/connection.h"
#include "store/upkeep.h"

namespace jobgate::sqlite {

// One state of the database, whole; reads every page. Lets SQLite::Exception through.
VerifyReport Verify(SqliteConnection& db);

// What jobgate keeps true alone.
std::vector<StoreCheck> CheckRules(SqliteConnection& db);

}  // namespace jobgate::sqlite
