// What a sealing process is told, as one line of JSON in the attempt's run folder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/worker/spawner.h"

namespace jobgate {

// Both lie in the run folder. The plan goes before the program starts; the failure is one line, and
// there only where nothing of the job ran.
inline constexpr char kSealPlanFile[] = "seal.json";
inline constexpr char kSealFailureFile[] = "seal.failed";

struct SealPlan {
  SealOrder order;
  std::string cwd;  // absolute: where the program starts
};

std::string ToText(const SealPlan& plan);
// Errors: kInvalidArgument for anything else.
Result<SealPlan> SealPlanFrom(std::string_view text);

// The command line of the process that seals as the file at `plan` says, and becomes `argv` then.
std::vector<std::string> SealCommand(const std::string& plan, const std::vector<std::string>& argv);

}  // namespace jobgate
