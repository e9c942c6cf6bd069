// Counts by state and priority, kept in a table (store/sqlite/job_counts.h): reading them costs the
// same at any size.
#pragma once
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

StateTotals Totals(SqliteConnection& db);
std::map<std::string, EntrypointTotals> TotalsByEntrypoint(SqliteConnection& db);
StateCounts Counts(SqliteConnection& db, Time expiring_before);
// What is not in the table: ages, and what is about to expire.
void AddAges(SqliteConnection& db, Time expiring_before, StateCounts& counts);

}  // namespace jobgate::sqlite
