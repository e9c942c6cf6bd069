// The statements about single jobs and about what is to be done next. Semantics: store/store.h.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/job/job.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/job_counts.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::optional<Job> FindJob(SqliteConnection& db, const JobId& id);
Result<JobId> ResolveId(SqliteConnection& db, std::string_view prefix);

void InsertJob(SqliteConnection& db, const Job& job);
// What the priority was before.
Result<Priority> UpdateJob(SqliteConnection& db, const Job& next, JobState expected,
                           int expected_attempts);
std::optional<Job> FindActiveDuplicate(SqliteConnection& db, std::string_view dedupe_key);

std::vector<Candidate> Claimable(SqliteConnection& db, const JobCounts& counts,
                                 const ClaimQuery& query);
std::vector<Job> JobsIn(SqliteConnection& db, JobState state, const JobId& after, int limit);
std::vector<Job> ExpiriesDue(SqliteConnection& db, Time now, int limit);
std::vector<Job> WarningsDue(SqliteConnection& db, Time now, int limit);
std::optional<Time> NextReadyAt(SqliteConnection& db, Time now);
std::optional<Time> NextExpiryOrWarning(SqliteConnection& db, Time now);

std::vector<Job> ActiveJobsOfIssue(SqliteConnection& db, int64_t issue_id);
std::set<int64_t> ActiveIssues(SqliteConnection& db);

}  // namespace jobgate::sqlite
