// Retention now, rather than in its own time.
#include "src/api/request_json.h"
#include "src/http/api.h"
#include "src/http/bulk.h"

namespace jobgate {
namespace {

void Clean(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  if (auto nothing = NothingFromJson(*body); !nothing) return responder.Send(nothing.error());
  const bool taken =
      api.options.clean_store && api.options.clean_store([responder](const Json& result) {
        responder.Send(JsonReply(200, result));
      });
  if (!taken)
    responder.Send(Error{Code::kUnavailable, "too many wait for this already; try again"});
}

}  // namespace

std::vector<Route> RetentionRoutes(const Api& api) {
  return {{"POST",
           "/api/v1/store/clean",
           {"cleanStore",
            "store",
            "Forget what is past history.retentionDays or beyond history.maxJobs and maxLogBytes",
            {},
            "Nothing",
            false,
            {{200, "What went", "StoreCleaned"}}},
           [&api](const Call& call, const Responder& to) { Clean(api, call, to); },
           false,
           0,
           kBulkTimeout}};
}

}  // namespace jobgate
