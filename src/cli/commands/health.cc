// health and stats.
#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"

namespace jobgate {
namespace {

Result<int> RunHealth(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->GetWhateverStatus("/system_health");
  if (!answer) return tl::unexpected<Error>(answer.error());
  const std::string status = TextAt(answer->body, "status");
  if (!At(answer->body, "data").is_object())
    return Fail(Code::kInternal, "HTTP " + std::to_string(answer->status) + " from " +
                                     (*api)->endpoint().url +
                                     " is no health report: does another program answer there?");
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(HealthPage(answer->body, session.LookNow()));
  return status == "healthy" ? 0 : 1;
}

Result<int> RunStats(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get("/api/v1/stats"), StatsPage);
}

}  // namespace

void AddHealth(CommandBuilder& root) {
  CommandBuilder command =
      root.Command("health", "The daily check: green, yellow or red, and what to do");
  command.About("Exit 0 where it is green, else 1.")
      .Examples({"jobgate health", "jobgate health --json | jq '.issues[].message'"});
  command.Run(RunHealth);
}

void AddStats(CommandBuilder& root) {
  CommandBuilder command =
      root.Command("stats", "Count jobs by state and priority, and outcomes by entrypoint");
  command.Examples({"jobgate stats"});
  command.Run(RunStats);
}

}  // namespace jobgate
