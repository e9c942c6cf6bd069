// What the tables answer; semantics: store/store.h.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/memory/tables.h"
#include "store/store.h"

namespace jobgate::memory {

std::optional<Job> FindJob(const Tables& tables, const JobId& id);
Result<JobId> ResolveId(const Tables& tables, std::string_view prefix);
std::vector<Attempt> AttemptsOf(const Tables& tables, const JobId& id);
StateCounts Counts(const Tables& tables, Time expiring_before);
StateTotals Totals(const Tables& tables);
EntrypointTotals TotalsOf(const Tables& tables, std::string_view entrypoint);
std::map<std::string, EntrypointTotals> TotalsByEntrypoint(const Tables& tables);
Result<JobPage> ListJobs(const Tables& tables, const JobFilter& filter);

Result<JobPage> ListEnded(const Tables& tables, const EndedFilter& filter);
std::vector<Attempt> FailedAttempts(const Tables& tables, Time from, int limit);
// That no attempt of the job is live, where `attempt` is to be and is not its first. Errors:
// kInternal.
Result<void> CheckStart(const Tables& tables, const Attempt& attempt);
// Errors: kConflict as store/store.h says of DeleteJob.
Result<void> CheckDelete(const Tables& tables, const JobId& id);

std::optional<Job> FindActiveDuplicate(const Tables& tables, std::string_view dedupe_key);
std::optional<IdempotencyRecord> FindIdempotencyKey(const Tables& tables, std::string_view key);
std::optional<std::string> GetSetting(const Tables& tables, std::string_view key);

std::vector<OutboxMessage> Outbox(const Tables& tables, bool parked, std::string_view after,
                                  int limit);
OutboxCounts CountOutbox(const Tables& tables);

std::vector<Job> ActiveJobsOfIssue(const Tables& tables, int64_t issue_id);
std::set<int64_t> ActiveIssues(const Tables& tables);

// Promotes delayed jobs whose time has come.
std::vector<Candidate> Claimable(Tables& tables, const ClaimQuery& query);
std::vector<Job> JobsIn(const Tables& tables, JobState state, const JobId& after, int limit);
std::vector<Job> ExpiriesDue(const Tables& tables, Time now, int limit);
std::vector<Job> WarningsDue(const Tables& tables, Time now, int limit);
std::optional<Time> NextReadyAt(const Tables& tables, Time now);
std::optional<Time> NextExpiryOrWarning(const Tables& tables, Time now);
std::vector<std::string> LastOutcomes(const Tables& tables, int limit);

}  // namespace jobgate::memory
