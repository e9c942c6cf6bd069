// The statements about attempts. Semantics: store/store.h.
#pragma once
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/engine/job.h"
#include "store/sqlite/connection.h"

namespace jobgate::sqlite {

std::vector<Attempt> AttemptsOf(Connection& db, const JobId& id);
void InsertAttempt(Connection& db, const Attempt& attempt);
Result<void> FinishAttempt(Connection& db, const Attempt& attempt);
std::vector<std::string> LastOutcomes(Connection& db, int limit);

}  // namespace jobgate::sqlite
