// Settings under which gates are decided on GitHub.
#pragma once
#include "tests/simulation/settings.h"

namespace jobgate::sim {

// What runs and who may release it changes with `serial`; which steps are gated does not.
SettingsPtr DrawGitHubSettings(Dice& dice, int serial);

}  // namespace jobgate::sim
