// Counts by state and priority, kept in a table (store/sqlite/pending_counts.h): reading them costs
// the same at any size.
#pragma once
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

StateTotals Totals(SqliteConnection& db);
std::map<std::string, EntrypointTotals> TotalsByEntrypoint(SqliteConnection& db);
EntrypointTotals TotalsOf(SqliteConnection& db, std::string_view entrypoint);
StateCounts Counts(SqliteConnection& db, Time expiring_before);

}  // namespace jobgate::sqlite
