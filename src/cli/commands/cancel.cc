#include <memory>

#include "src/api/problem.h"
#include "src/cli/commands/commands.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

struct CancelFlags {
  std::vector<std::string> ids;
  std::optional<std::string> state, priority, reason;
};

// All ids that the filter selects; a priority alone means the queued ones.
Result<std::vector<std::string>> SelectedIds(const ApiClient& api, const CancelFlags& flags) {
  const Query query = Query()
                          .Add("state", flags.state.value_or("queued"))
                          .Add("priority", flags.priority.value_or(""));
  const auto page = FetchPages(api, "/api/v1/jobs", query, "jobs");
  if (!page) return tl::unexpected<Error>(page.error());
  std::vector<std::string> ids;
  for (const Json& job : ListAt(*page, "jobs")) ids.push_back(TextAt(job, "id"));
  return ids;
}

Json BodyOf(const CancelFlags& flags) {
  Json body = Json::object();
  if (flags.reason) body["reason"] = *flags.reason;
  return body;
}

void Tell(Session& session, const Json& job) {
  const std::string state = TextAt(job, "state");
  const bool ending = state == "running";
  session.Out(OneLine(TextAt(job, "id") + " " + (ending ? "is being stopped" : state)) + "\n");
}

// One after the other; one that cannot be canceled stops no other.
Result<int> CancelAll(Session& session, const ApiClient& api, const CancelFlags& flags) {
  const Json body = BodyOf(flags);
  Json results = Json::array();
  int exit_code = 0;
  for (const std::string& id : flags.ids) {
    const auto answer = api.Post(JobPath(id, "/cancel"), body);
    if (answer) {
      results.push_back({{"status", answer->status}, {"job", answer->body}});
      if (!session.json()) Tell(session, answer->body);
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

Result<int> RunCancel(Session& session, CancelFlags flags) {
  const bool filtered = flags.state || flags.priority;
  if (flags.ids.empty() == !filtered)
    return Fail(Code::kInvalidArgument,
                "cancel: name jobs by id, or select them with --state and --priority, not both");
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  if (filtered) {
    auto ids = SelectedIds(**api, flags);
    if (!ids) return tl::unexpected<Error>(ids.error());
    flags.ids = std::move(*ids);
    session.Note(Counted(static_cast<int64_t>(flags.ids.size()), "job") +
                 (flags.ids.size() == 1 ? " matches" : " match"));
  }
  if (flags.ids.size() != 1 || !session.json()) return CancelAll(session, **api, flags);
  const auto answer = (*api)->Post(JobPath(flags.ids.front(), "/cancel"), BodyOf(flags));
  if (!answer) return tl::unexpected<Error>(answer.error());
  session.OutJson(answer->body, answer->text);
  return 0;
}

}  // namespace

void AddCancel(CommandBuilder& root) {
  auto flags = std::make_shared<CancelFlags>();
  CommandBuilder command = root.Command("cancel", "Cancel jobs; running ones get TERM, then KILL");
  command.Arguments("ID", flags->ids, false, "The jobs")
      .Choices("--state", "S[,S]", flags->state,
               {"queued", "running", "waiting_approval", "interrupted"},
               "Instead of ids: all jobs in these states (queued)")
      .Choice("--priority", "P", flags->priority,
              {"critical", "high", "normal", "low", "background"},
              "Instead of ids: all jobs of this priority")
      .Text("--reason", "TEXT", flags->reason, "Why; kept in the job's story")
      .About("With --json and several jobs: {\"results\": [{status, job} or {status, problem}]}.")
      .Examples({"jobgate cancel job_01J8 job_01J9 --reason 'wrong branch'",
                 "jobgate cancel --priority low --reason 'making room'"});
  command.Run([flags](Session& session) { return RunCancel(session, *flags); });
}

}  // namespace jobgate
