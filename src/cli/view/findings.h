// What an examination found, and how to mend it.
#pragma once
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

enum class Level { kOk, kWarn, kFail };

struct Finding {
  Level level = Level::kOk;
  std::string check;  // stable word
  std::string message;
  std::string fix = {};  // what to do; "" where nothing is to be done
};

bool AnyFailed(const std::vector<Finding>& findings);
std::string FindingsPage(const std::vector<Finding>& findings, const Look& look);
// {ok, checks: [{check, level, message, fix}]}
Json FindingsJson(const std::vector<Finding>& findings);

}  // namespace jobgate
