#include <map>
#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/commands/decide.h"
#include "src/cli/commands/each.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

struct CancelFlags {
  std::vector<std::string> ids;
  std::optional<std::string> state, priority, entrypoint, correlation, reason;
  bool dry_run = false;

  bool filtered() const { return state || priority || entrypoint || correlation; }
};

// A filter without a state means the queued ones.
Query QueryOf(const CancelFlags& flags) {
  return Query()
      .Add("state", flags.state.value_or("queued"))
      .Add("entrypoint", flags.entrypoint.value_or(""))
      .Add("priority", flags.priority.value_or(""))
      .Add("correlationId", flags.correlation.value_or(""));
}

std::string MatchesInWords(size_t count) {
  return Counted(static_cast<int64_t>(count), "job") + (count == 1 ? " matches" : " match");
}

Json BodyOf(const CancelFlags& flags) {
  Json body = Json::object();
  if (flags.reason) body["reason"] = *flags.reason;
  return body;
}

// What would be canceled, by entrypoint and state.
Result<int> Count(Session& session, const ApiClient& api, const CancelFlags& flags) {
  const auto page = FetchPages(api, "/api/v1/jobs", QueryOf(flags), "jobs");
  if (!page) return tl::unexpected<Error>(page.error());
  std::map<std::pair<std::string, std::string>, int64_t> counts;
  Json ids = Json::array();
  for (const Json& job : ListAt(*page, "jobs")) {
    ++counts[{TextAt(job, "entrypoint"), TextAt(job, "state")}];
    ids.push_back(TextAt(job, "id"));
  }
  if (session.json()) {
    session.OutJson({{"count", ids.size()}, {"ids", ids}});
    return 0;
  }
  std::string text = MatchesInWords(ids.size()) + "; nothing was canceled\n";
  for (const auto& [what, count] : counts)
    text += "  " + std::to_string(count) + " " + OneLine(what.first + " " + what.second) + "\n";
  session.Out(text);
  return 0;
}

Result<int> RunCancel(Session& session, CancelFlags flags) {
  if (flags.ids.empty() == !flags.filtered())
    return Fail(Code::kInvalidArgument,
                std::string("cancel: name jobs by id, or select them with --state, --priority, "
                            "--entrypoint or --correlation") +
                    (flags.filtered() ? ", not both" : ""));
  if (flags.dry_run && !flags.filtered())
    return Fail(Code::kInvalidArgument, "cancel: --dry-run counts what filters select");
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  if (flags.dry_run) return Count(session, **api, flags);
  if (!flags.filtered() && flags.ids.size() == 1)
    return PostToJob(session, flags.ids.front(), "cancel", BodyOf(flags), EndInWords);
  if (flags.filtered()) {
    auto ids = SelectIds(**api, QueryOf(flags));
    if (!ids) return tl::unexpected<Error>(ids.error());
    flags.ids = std::move(*ids);
    session.Note(MatchesInWords(flags.ids.size()));
  }
  return PostToEach(session, **api, flags.ids, "cancel", BodyOf(flags), EndInWords);
}

}  // namespace

void AddCancel(CommandBuilder& root) {
  auto flags = std::make_shared<CancelFlags>();
  CommandBuilder command = root.Command("cancel", "Cancel jobs; running ones get TERM, then KILL");
  command.JobIds(flags->ids, "The jobs")
      .Choices("--state", "S[,S]", flags->state,
               {"queued", "running", "waiting_approval", "interrupted"},
               "Instead of ids: all jobs in these states (queued)")
      .Choice("--priority", "P", flags->priority,
              {"critical", "high", "normal", "low", "background"},
              "Instead of ids: all jobs of this priority")
      .Text("--entrypoint", "E", flags->entrypoint, "Instead of ids: all jobs of this entrypoint")
      .Text("--correlation", "C", flags->correlation,
            "Instead of ids: all jobs with this correlation id")
      .Text("--reason", "TEXT", flags->reason, "Why; kept in the job's story")
      .Switch("--dry-run", flags->dry_run, "Count what the filters select, and cancel nothing")
      .About(
          "Several filters select what fits all of them. With --json and several jobs:\n"
          "{\"results\": [{status, job} or {status, problem}]}; with --dry-run {count, ids}.")
      .Examples({"jobgate cancel job_01J8 job_01J9 --reason 'wrong branch'",
                 "jobgate cancel --priority low --dry-run",
                 "jobgate cancel --priority low --reason 'making room'"});
  command.Run([flags](Session& session) { return RunCancel(session, *flags); });
}

}  // namespace jobgate
