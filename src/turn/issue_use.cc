#include "src/turn/issue_use.h"

#include <utility>

namespace jobgate {

Result<std::optional<JobId>> UserOfIssue(Store& store, int64_t issue, const JobId& but) {
  auto jobs = store.ActiveJobsOfIssue(issue);
  if (!jobs) return Fail(std::move(jobs).error());
  for (const Job& job : *jobs)
    if (job.id != but) return std::optional(job.id);
  return std::optional<JobId>();
}

}  // namespace jobgate
