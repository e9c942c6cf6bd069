// The statements about attempts. Semantics: store/store.h.
#pragma once
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/job/job.h"
#include "store/sqlite/connection.h"

namespace jobgate::sqlite {

extern const std::string kSelectAttempt;  // "SELECT <columns> FROM attempts "
// Of the row that `row` stands on.
Attempt ReadAttempt(SqliteQuery& row);

std::vector<Attempt> AttemptsOf(SqliteConnection& db, const JobId& id);
std::vector<Attempt> FailedAttempts(SqliteConnection& db, Time from, int limit);
void InsertAttempt(SqliteConnection& db, const Attempt& attempt);
Result<void> FinishAttempt(SqliteConnection& db, const Attempt& attempt);
std::vector<std::string> LastOutcomes(SqliteConnection& db, int limit);

}  // namespace jobgate::sqlite
