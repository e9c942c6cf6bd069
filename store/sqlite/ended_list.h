// Pages of jobs at rest, by when they ended. Semantics: store/store.h.
#pragma once
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

Result<JobPage> ListEnded(SqliteConnection& db, const EndedFilter& filter);

}  // namespace jobgate::sqlite
