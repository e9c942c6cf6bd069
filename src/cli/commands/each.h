// One POST for each of several jobs, one after the other.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "src/cli/session.h"

namespace jobgate {

// POST /api/v1/jobs/{id}/{verb} for each; one that is refused stops no other. Prints what `words`
// makes of each job, for programs {"results": [{status, job} or {status, problem}]}. The exit code
// is that of the first refusal.
int PostToEach(Session& session, const ApiClient& api, const std::vector<std::string>& ids,
               const std::string& verb, const Json& body,
               const std::function<std::string(const Json&)>& words);

// "job_… failed", or that it is being stopped: an end that takes a running process.
std::string EndInWords(const Json& job);

// Ids of the jobs of GET /api/v1/jobs that `query` selects.
Result<std::vector<std::string>> SelectIds(const ApiClient& api, const Query& query);

}  // namespace jobgate
