#include "src/cli/approval_hint.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {

std::string HowToGoOn(const ApiClient& api, const std::string& job_id) {
  if (const auto explained = api.Get(JobPath(job_id, "/explain")))
    for (const Json& condition : ListAt(explained->body, "conditions"))
      if (const std::string command = TextAt(condition, "command");
          TextAt(condition, "what") == "approval" && !command.empty())
        return "look with `jobgate waiting`; `" + command + "` lets it go on";
  return "`jobgate explain " + job_id + "` says who may let it go on, and how";
}

}  // namespace jobgate
