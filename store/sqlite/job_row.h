// A job as a row of `jobs`. Both directions name the columns in one order.
#pragma once
#include <string>

#include "src/job/job.h"
#include "store/sqlite/connection.h"

namespace jobgate {

extern const std::string kSelectJob;  // "SELECT <columns> FROM jobs "
extern const std::string kInsertJob;
// The fields that move with the job; then the expected id, state, attempts and priority.
extern const std::string kUpdateJob;

void BindNewJob(SqliteQuery& query, const Job& job);
void BindMovedJob(SqliteQuery& query, const Job& job);
// Of the row that `query` stands on. Throws Damaged where no Job fits.
Job ReadJob(SqliteQuery& query);

}  // namespace jobgate
