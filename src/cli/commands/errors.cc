#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/stuck.h"

namespace jobgate {
namespace {

struct ErrorsFlags {
  std::optional<Duration> since;
  std::optional<std::string> entrypoint;
  std::optional<int64_t> limit;
};

Result<int> RunErrors(Session& session, const ErrorsFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  Query query;
  if (flags.since) query.Add("sinceMs", std::to_string(flags.since->count()));
  query.Add("entrypoint", flags.entrypoint.value_or(""));
  if (flags.limit) query.Add("limit", std::to_string(*flags.limit));
  return PrintAnswer(session, (*api)->Get(query.Of("/api/v1/errors")), ErrorsPage);
}

}  // namespace

void AddErrors(CommandBuilder& root) {
  auto flags = std::make_shared<ErrorsFlags>();
  CommandBuilder command =
      root.Command("errors", "Failures by what kind of error they are, most frequent first");
  command.Span("--since", "TIME", flags->since, "Of the last so long (24h)")
      .Text("--entrypoint", "E", flags->entrypoint, "Only failures of this entrypoint")
      .Number("--limit", "N", flags->limit, 1, 1000, "At most this many kinds (20)")
      .About(
          "A failure is told by how its attempt ended and the last line it wrote. What differs "
          "from\n"
          "case to case (times, ids, addresses, paths, quoted texts, numbers) is left out.")
      .Examples({"jobgate errors --since 2h",
                 "jobgate errors --entrypoint deploy --json | jq '.groups[].jobs'"});
  command.Run([flags](Session& session) { return RunErrors(session, *flags); });
}

}  // namespace jobgate
