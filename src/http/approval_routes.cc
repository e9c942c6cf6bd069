// Jobs that wait at a gate.
#include <utility>

#include "src/api/approval_json.h"
#include "src/api/json_values.h"
#include "src/config/placeholders.h"
#include "src/http/api.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

// What the approval would release; nothing where the declaration is gone or does not fit.
std::optional<GatedStep> GatedStepOf(const Job& job, const Config& config) {
  const auto declaration = DeclarationOf(job, config);
  if (!declaration) return std::nullopt;
  const Step& step = (*declaration)->steps.at(static_cast<size_t>(job.step));
  auto argv = RenderArgv(step.run, StoredJson(job.params), (*declaration)->params_schema);
  if (!argv) return std::nullopt;
  GatedStep gated{*std::move(argv), (*declaration)->cwd, {}, (*declaration)->limits};
  if (const GatePolicy* policy = GateOf(job, **declaration, config)) gated.policy = *policy;
  return gated;
}

Result<HttpReply> Waiting(StoreReader& store, const JobFilter& filter, const Config& config) {
  auto page = store.ListJobs(filter);
  if (!page) return Fail(page.error());
  Json json = Json::object();
  json["approvals"] = Json::array();
  for (const Job& job : page->jobs)
    json["approvals"].push_back(ApprovalJson(job, GatedStepOf(job, config)));
  json["nextCursor"] = NullIfEmpty(page->next_cursor);
  return JsonReply(200, json);
}

void List(const Api& api, const Call& call, const Responder& responder) {
  auto within = call.Integer("expiringWithinMs", 0, 366LL * 24 * 3600 * 1000);
  if (!within) return responder.Send(within.error());
  auto limit = call.Integer("limit", 1, 1000);
  if (!limit) return responder.Send(limit.error());
  JobFilter filter;
  filter.states = {JobState::kWaitingApproval};
  filter.order = ListOrder::kOldest;
  filter.limit = static_cast<int>(limit->value_or(100));
  filter.cursor = call.Text("cursor").value_or("");
  if (*within) filter.expires_before = api.clock.Now() + Duration(**within);
  Ask(api, responder, [filter, config = api.config.Get()](StoreReader& store) {
    return Waiting(store, filter, *config);
  });
}

}  // namespace

std::vector<Route> ApprovalRoutes(const Api& api) {
  Operation list{"listApprovals",
                 "approvals",
                 "Jobs that wait for approval, and what would run",
                 {{"expiringWithinMs", R"({"type":"integer","minimum":0})",
                   "Only requests that expire within this time"},
                  {"limit", R"({"type":"integer","minimum":1,"maximum":1000})", "At most so many"},
                  {"cursor", R"({"type":"string"})", "nextCursor of the page before"}},
                 "",
                 false,
                 {{200, "Oldest first", "ApprovalPage"}}};
  return {{"GET", "/api/v1/approvals", std::move(list),
           [&api](const Call& call, const Responder& to) { List(api, call, to); }}};
}

}  // namespace jobgate
