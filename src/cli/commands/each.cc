#include "src/cli/commands/each.h"

#include "src/api/problem.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {

int PostToEach(Session& session, const ApiClient& api, const std::vector<std::string>& ids,
               const std::string& verb, const Json& body,
               const std::function<std::string(const Json&)>& words) {
  Json results = Json::array();
  int exit_code = 0;
  for (const std::string& id : ids) {
    const auto answer = api.Post(JobPath(id, "/" + verb), body);
    if (answer) {
      results.push_back({{"status", answer->status}, {"job", answer->body}});
      if (!session.json()) session.Out(OneLine(words(answer->body)) + "\n");
      continue;
    }
    const CodeInfo& info = InfoOf(answer.error().code);
    results.push_back({{"status", info.http_status}, {"problem", ProblemJson(answer.error())}});
    const bool named = answer.error().message.find(id) != std::string::npos;
    session.Note((named ? "" : id + ": ") + answer.error().message);
    if (exit_code == 0) exit_code = info.exit_code;
    if (answer.error().code == Code::kUnreachable) break;
  }
  if (session.json()) session.OutJson({{"results", results}});
  return exit_code;
}

std::string EndInWords(const Json& job) {
  const std::string state = TextAt(job, "state");
  return TextAt(job, "id") + " " + (state == "running" ? "is being stopped" : state);
}

Result<std::vector<std::string>> SelectIds(const ApiClient& api, const Query& query) {
  const auto page = FetchPages(api, "/api/v1/jobs", query, "jobs");
  if (!page) return tl::unexpected<Error>(page.error());
  std::vector<std::string> ids;
  for (const Json& job : ListAt(*page, "jobs")) ids.push_back(TextAt(job, "id"));
  return ids;
}

}  // namespace jobgate
