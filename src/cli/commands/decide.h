// Commands that post one body to one job and tell what became of it.
#pragma once
#include <functional>
#include <string>

#include "src/cli/session.h"

namespace jobgate {

// POST /api/v1/jobs/{id}/{verb}; prints the API's job, or what `words` makes of it.
Result<int> PostToJob(Session& session, const std::string& id, const std::string& verb,
                      const Json& body, const std::function<std::string(const Json&)>& words);

}  // namespace jobgate
