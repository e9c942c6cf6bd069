// The statements about single jobs and about what is to be done next. Semantics: store/store.h.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/engine/job.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::optional<Job> FindJob(Connection& db, const JobId& id);
Result<JobId> ResolveId(Connection& db, std::string_view prefix);

void InsertJob(Connection& db, const Job& job);
Result<void> UpdateJob(Connection& db, const Job& next, JobState expected, int expected_attempts);
std::optional<Job> FindActiveDuplicate(Connection& db, std::string_view dedupe_key);

std::vector<Job> Claimable(Connection& db, Time now, int limit);
std::vector<Job> JobsIn(Connection& db, JobState state, const JobId& after, int limit);
std::vector<Job> ApprovalsDue(Connection& db, Time now, int limit);
std::optional<Time> NextReadyAt(Connection& db, Time now);
std::optional<Time> NextExpiry(Connection& db);

}  // namespace jobgate::sqlite
