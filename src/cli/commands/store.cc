#include "src/cli/commands/commands.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

Result<int> RunClean(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Post("/api/v1/store/clean", Json::object());
  if (!answer) return tl::unexpected<Error>(answer.error());
  const std::vector<std::string> problems = TextsAt(answer->body, "problems");
  for (const std::string& problem : problems) session.Note(problem);
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(Counted(CountAt(answer->body, "forgotten"), "job") + " forgotten, logs of " +
                Counted(CountAt(answer->body, "logsRemoved"), "job") + " removed (" +
                FormatBytes(DecimalAt(answer->body, "bytesRemoved")) + ")\n");
  return problems.empty() ? 0 : 1;
}

}  // namespace

void AddStore(CommandBuilder& root) {
  CommandBuilder store = root.Command("store", "The store: clean");
  store.Examples({"jobgate store clean"});
  CommandBuilder clean = store.Command(
      "clean", "Forget now what the history's bounds say is to go, and tell how many");
  clean
      .About(
          "The daemon does this by itself (history.retentionDays, maxJobs, maxLogBytes). Exit 1\n"
          "where something could not be removed.")
      .Examples({"jobgate store clean"});
  clean.Run(RunClean);
}

}  // namespace jobgate
