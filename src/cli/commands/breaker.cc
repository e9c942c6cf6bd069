#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/text.h"
#include "src/cli/view/breakers.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

Result<int> List(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Get("/api/v1/breakers");
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(BreakerTable(answer->body, session.LookNow()));
  return 0;
}

Result<int> Reset(Session& session, const std::string& entrypoint) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer =
      (*api)->Post("/api/v1/breakers/" + PercentEncode(entrypoint) + "/reset", Json::object());
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out("breaker of " + OneLine(entrypoint) + " is " + TextAt(answer->body, "state") +
                "\n");
  return 0;
}

}  // namespace

void AddBreaker(CommandBuilder& root) {
  CommandBuilder breaker =
      root.Command("breaker", "What holds failing entrypoints back: list, reset");
  breaker.Examples({"jobgate breaker list", "jobgate breaker reset deploy"});

  CommandBuilder list = breaker.Command("list", "Show the breaker of every entrypoint");
  list.Examples({"jobgate breaker list"});
  list.Run(List);

  auto entrypoint = std::make_shared<std::string>();
  CommandBuilder reset = breaker.Command("reset", "Close a breaker: its jobs start again");
  reset.Argument("ENTRYPOINT", *entrypoint, "Whose breaker")
      .Examples({"jobgate breaker reset deploy"});
  reset.Run([entrypoint](Session& session) { return Reset(session, *entrypoint); });
}

}  // namespace jobgate
