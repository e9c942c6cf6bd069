#include "src/cli/why_it_waits.h"

#include "src/cli/view/fields.h"
#include "src/cli/view/look.h"

namespace jobgate {
namespace {

// It passes at a known time, and nobody has to do anything.
bool IsDelay(const Json& condition) {
  return TimeAt(condition, "until") && TextAt(condition, "command").empty();
}

const Json& Foremost(const Json& conditions) {
  for (const Json& condition : conditions)
    if (!IsDelay(condition)) return condition;
  return conditions.front();
}

}  // namespace

std::optional<Wait> WhyItWaits(const ApiClient& api, const std::string& job_id, Time now) {
  const auto explained = api.Get(JobPath(job_id, "/explain"));
  if (!explained || TextAt(explained->body, "state") != "queued") return std::nullopt;
  const Json& conditions = ListAt(explained->body, "conditions");
  if (conditions.empty()) return std::nullopt;
  const Json& condition = Foremost(conditions);
  Wait wait{TextAt(condition, "what"), TextAt(condition, "detail")};
  if (const auto until = TimeAt(condition, "until")) wait.words += ", " + RelativeTime(now, *until);
  const std::string command = TextAt(condition, "command");
  if (command.empty()) return wait;
  const bool clears = !TextAt(condition, "who").empty();
  wait.words += clears ? "; `" + command + "` lets it go on" : "; see `" + command + "`";
  return wait;
}

}  // namespace jobgate
