// Lists of jobs, page by page. A page is a walk along an index from where the last one ended,
// so that a deep page costs what the first one does, and an insert moves nothing.
#pragma once
#include "src/base/error.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

// Errors: kInvalidArgument for a cursor that no page of this order ended with.
Result<JobPage> ListJobs(SqliteConnection& db, const JobFilter& filter);

}  // namespace jobgate::sqlite
