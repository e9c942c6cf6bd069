#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/pages.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/jobs.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

constexpr int64_t kLimit = 100;

struct ListFlags {
  std::optional<std::string> state, entrypoint, priority, correlation, order;
  std::optional<int64_t> limit;
};

std::vector<std::string> StateNames() {
  std::vector<std::string> names;
  for (const JobState state : kAllJobStates) names.emplace_back(NameOf(state));
  return names;
}

Query QueryOf(const ListFlags& flags) {
  return Query()
      .Add("state", flags.state.value_or(""))
      .Add("entrypoint", flags.entrypoint.value_or(""))
      .Add("priority", flags.priority.value_or(""))
      .Add("correlationId", flags.correlation.value_or(""))
      .Add("order", flags.order.value_or(""));
}

// `waits`: with what each queued job waits for. The list is there also while the engine, which
// alone knows that, does not answer.
Result<Json> FetchList(const ApiClient& api, const ListFlags& flags, bool waits) {
  Query query = QueryOf(flags);
  if (waits) query.Add("waits", "true");
  auto page = FetchPages(api, "/api/v1/jobs", query, "jobs", flags.limit.value_or(kLimit));
  if (!page && waits && page.error().code == Code::kUnavailable)
    return FetchList(api, flags, false);
  return page;
}

Result<int> RunList(Session& session, const ListFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto page = FetchList(**api, flags, !session.json());
  if (!page) return tl::unexpected<Error>(page.error());
  if (session.json()) {
    session.OutJson(*page);
    return 0;
  }
  session.Out(JobTable(ListAt(*page, "jobs"), session.LookNow()));
  if (!At(*page, "nextCursor").is_null()) session.Note("there are more: see --limit and --state");
  return 0;
}

}  // namespace

void AddList(CommandBuilder& root) {
  auto flags = std::make_shared<ListFlags>();
  CommandBuilder command = root.Command("list", "List jobs, newest first");
  command.Choices("--state", "S[,S]", flags->state, StateNames(), "Only jobs in these states")
      .Text("--entrypoint", "E", flags->entrypoint, "Only jobs of this entrypoint")
      .Choice("--priority", "P", flags->priority,
              {"critical", "high", "normal", "low", "background"}, "Only jobs of this priority")
      .Text("--correlation", "ID", flags->correlation, "Only jobs with this correlation id")
      .Choice("--order", "K", flags->order, {"newest", "oldest", "priority", "-priority"},
              "In which order; -priority is the least urgent first")
      .Number("--limit", "N", flags->limit, 1, 1'000'000, "At most this many (100)")
      .Examples({"jobgate list --state running", "jobgate list --state failed,dead_lettered",
                 "jobgate list --state queued --order -priority",
                 "jobgate list --entrypoint deploy --limit 5 --json | jq '.jobs[].id'"});
  command.Run([flags](Session& session) { return RunList(session, *flags); });
}

}  // namespace jobgate
