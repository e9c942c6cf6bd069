// Jobs that wait at a gate.
#include <utility>

#include "src/api/approval_json.h"
#include "src/api/json_values.h"
#include "src/api/request_json.h"
#include "src/config/placeholders.h"
#include "src/http/api.h"
#include "src/http/job_reply.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

// A look takes several requests to GitHub, and the second between two writes.
constexpr Duration kLookTimeout = std::chrono::seconds(60);

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
  const auto within = call.Integer("expiringWithinMs", 0, 366LL * 24 * 3600 * 1000);
  const auto limit = call.Integer("limit", 1, 1000);
  if (auto wrong = Wrong(within, limit)) return responder.Send(*std::move(wrong));
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

Result<HttpReply> JobNow(StoreReader& store, const std::string& id) {
  auto job = FindByPrefix(store, id);
  if (!job) return Fail(std::move(job).error());
  return OneJobReply(*job);
}

// An issue says nothing to a job that needs no approval any more.
bool IsOnIssue(const Api& api, const Job& job) {
  return api.options.look_at_issue && job.issue_id &&
         (job.state == JobState::kWaitingApproval || job.state == JobState::kQueued) &&
         api.config.Get()->approval.provider == "github";
}

void Check(const Api& api, const Call& call, const Responder& responder) {
  const auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  auto asked = CheckFromJson(call.id(), *body);
  if (!asked) return responder.Send(asked.error());
  const auto self = api.shared_from_this();
  const std::string id = *std::move(asked);
  const bool posted = api.reader.Post([self, id, responder](StoreReader& store) {
    auto job = FindByPrefix(store, id);
    if (!job) return responder.Send(job.error());
    if (!IsOnIssue(*self, *job)) return responder.Send(OneJobReply(*job));
    self->options.look_at_issue(*job->issue_id, [self, id, responder](const Result<void>& looked) {
      if (!looked) return responder.Send(looked.error());
      Ask(*self, responder, [id](StoreReader& now) { return JobNow(now, id); });
    });
  });
  if (!posted) responder.Send(Error{Code::kUnavailable, "the store's reader has too much to do"});
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
  Operation check{"checkJob",
                  "jobs",
                  "Look at once whether a waiting job was approved on its issue",
                  {},
                  "Nothing",
                  false,
                  {{200, "The job afterwards", "Job"}}};
  const auto handler = HandlersOf(api);
  Route looks{"POST", "/api/v1/jobs/{id}/check", std::move(check), handler(Check)};
  looks.reply_timeout = kLookTimeout;
  return {{"GET", "/api/v1/approvals", std::move(list), handler(List)}, std::move(looks)};
}

}  // namespace jobgate
