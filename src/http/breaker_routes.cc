// The breakers: list, reset.
#include <utility>

#include "src/api/breaker_json.h"
#include "src/api/request_json.h"
#include "src/http/api.h"

namespace jobgate {
namespace {

void List(const Api& api, const Call& call, const Responder& responder) {
  SendCommand(api, call, TakeSnapshot{}, responder, [](const Reply& reply) {
    return JsonReply(200, BreakersJson(std::get<EngineSnapshot>(reply)));
  });
}

void Reset(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  auto command = ResetBreakerFromJson(call.captured.front(), *body);
  if (!command) return responder.Send(command.error());
  const std::string entrypoint = command->entrypoint;
  SendCommand(api, call, *std::move(command), responder, [entrypoint](const Reply& reply) {
    return JsonReply(200, BreakerJson(entrypoint, std::get<EngineSnapshot>(reply)));
  });
}

}  // namespace

std::vector<Route> BreakerRoutes(const Api& api) {
  const auto with = HandlersOf(api);
  return {
      {"GET",
       "/api/v1/breakers",
       {"listBreakers",
        "breakers",
        "The breaker of every entrypoint",
        {},
        "",
        false,
        {{200, "All breakers", "BreakerList"}}},
       with(List)},
      {"POST",
       "/api/v1/breakers/{entrypoint}/reset",
       {"resetBreaker",
        "breakers",
        "Close a breaker by hand",
        {},
        "Nothing",
        false,
        {{200, "The breaker afterwards", "Breaker"}}},
       with(Reset)},
  };
}

}  // namespace jobgate
