#include "src/cli/commands/decide.h"

#include "src/cli/print_answer.h"
#include "src/cli/text.h"

namespace jobgate {

Result<int> PostToJob(Session& session, const std::string& id, const std::string& verb,
                      const Json& body, const std::function<std::string(const Json&)>& words) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Post(JobPath(id, "/" + verb), body),
                     [&](const Json& job, const Look&) { return OneLine(words(job)) + "\n"; });
}

}  // namespace jobgate
