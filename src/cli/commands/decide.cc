#include "src/cli/commands/decide.h"

#include "src/cli/text.h"

namespace jobgate {

Result<int> PostToJob(Session& session, const std::string& id, const std::string& verb,
                      const Json& body, const std::function<std::string(const Json&)>& words) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Post(JobPath(id, "/" + verb), body);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(OneLine(words(answer->body)) + "\n");
  return 0;
}

}  // namespace jobgate
