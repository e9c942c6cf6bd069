// The intake: pause, resume, limit.
#include <utility>

#include "src/api/intake_json.h"
#include "src/api/request_json.h"
#include "src/http/api.h"

namespace jobgate {
namespace {

HttpReply IntakeReply(const Reply& reply) {
  return JsonReply(200, IntakeJson(std::get<EngineSnapshot>(reply)));
}

void Show(const Api& api, const Call& call, const Responder& responder) {
  SendCommand(api, call, TakeSnapshot{}, responder, IntakeReply);
}

void Change(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  auto command = IntakeFromJson(*body);
  if (!command) return responder.Send(command.error());
  SendCommand(api, call, *std::move(command), responder, IntakeReply);
}

}  // namespace

std::vector<Route> IntakeRoutes(const Api& api) {
  const auto with = HandlersOf(api);
  return {
      {"GET",
       "/api/v1/intake",
       {"getIntake",
        "intake",
        "Whether submissions are taken, and how many a minute",
        {},
        "",
        false,
        {{200, "The intake", "Intake"}}},
       with(Show)},
      {"PUT",
       "/api/v1/intake",
       {"setIntake",
        "intake",
        "Pause, resume or limit the intake; what is not given stays",
        {},
        "IntakeChange",
        true,
        {{200, "The intake afterwards", "Intake"}}},
       with(Change)},
  };
}

}  // namespace jobgate
