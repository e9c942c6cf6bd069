#include <memory>

#include "src/base/url.h"
#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/text.h"
#include "src/cli/view/breakers.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

Result<int> List(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get("/api/v1/breakers"), BreakerTable);
}

Result<int> Reset(Session& session, const std::string& entrypoint) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer =
      (*api)->Post("/api/v1/breakers/" + PercentEncode(entrypoint) + "/reset", Json::object());
  return PrintAnswer(session, answer, [&](const Json& breaker, const Look&) {
    return "breaker of " + OneLine(entrypoint) + " is " + TextAt(breaker, "state") + "\n";
  });
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
