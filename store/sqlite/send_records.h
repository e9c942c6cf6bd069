// Every record of a database, for whoever takes them.
#pragma once
#include "store/sqlite/connection.h"
#include "store/transfer/record_sink.h"

namespace jobgate::sqlite {

// One state of the database, whole. Lets SQLite::Exception through; errors are those of `to`.
Result<void> SendRecords(SqliteConnection& db, RecordSink& to);

// Of the state that `db` sees.
RecordCounts CountRecords(SqliteConnection& db);

}  // namespace jobgate::sqlite
