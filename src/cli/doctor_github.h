// Examines approval on GitHub: repository, token, what the token may do, labels, approvers, clock.
#pragma once
#include <vector>

#include "src/cli/view/findings.h"
#include "src/cli/world.h"
#include "src/config/config.h"

namespace jobgate {

// Asks GitHub as this process can: with its environment and its user's login of `gh`. Writes
// nothing that was not there. Adds nothing where the provider is another one. What builds on a
// check that failed is left out.
void CheckGitHub(const CliWorld& world, const Config& config, std::vector<Finding>& findings);

}  // namespace jobgate
