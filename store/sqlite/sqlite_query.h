// One question in SQL by somebody outside: it can only read, and is bounded in time, rows and
// bytes.
#pragma once
#include <string>

#include "store/sqlite/connection.h"
#include "store/upkeep.h"

namespace jobgate::sqlite {

// `db` is opened for this question alone. Values of the table `settings` read as null: the key of
// the digests is among them. Errors: kInvalidArgument at /sql.
Result<QueryResult> Ask(SqliteConnection& db, const std::string& sql, const QueryLimits& limits);

}  // namespace jobgate::sqlite
