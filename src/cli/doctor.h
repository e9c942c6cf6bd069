// Examines an installation: settings, store, token, daemon, programs, approval on GitHub.
#pragma once
#include <vector>

#include "src/cli/session.h"
#include "src/cli/view/findings.h"

namespace jobgate {

// One finding a check, in the order they build on each other. A check that needs what an earlier
// one did not find is left out.
std::vector<Finding> Examine(Session& session);

// Whether SQLite `version` ("3.40.1") is at least `wanted`.
bool VersionAtLeast(const std::string& version, const std::string& wanted);

}  // namespace jobgate
