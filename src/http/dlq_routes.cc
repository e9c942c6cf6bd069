// The dead-letter queue: jobs that failed for good and wait for a person.
#include <utility>

#include "src/api/dlq_json.h"
#include "src/api/json_values.h"
#include "src/api/request_json.h"
#include "src/http/api.h"
#include "src/http/job_reply.h"

namespace jobgate {
namespace {

void List(const Api& api, const Call& call, const Responder& responder) {
  auto limit = call.Integer("limit", 1, 1000);
  if (!limit) return responder.Send(limit.error());
  JobFilter filter;
  filter.states = {JobState::kDeadLettered};
  filter.limit = static_cast<int>(limit->value_or(100));
  filter.cursor = call.Text("cursor").value_or("");
  Ask(api, responder, [filter](StoreReader& store) -> Result<HttpReply> {
    auto page = store.ListJobs(filter);
    if (!page) return Fail(page.error());
    Json json = Json::object();
    json["entries"] = Json::array();
    for (const Job& job : page->jobs) json["entries"].push_back(DlqEntryJson(job));
    json["nextCursor"] = NullIfEmpty(page->next_cursor);
    return JsonReply(200, json);
  });
}

void Show(const Api& api, const Call& call, const Responder& responder) {
  Ask(api, responder, [id = call.id()](StoreReader& store) -> Result<HttpReply> {
    auto job = FindByPrefix(store, id);
    if (!job) return Fail(job.error());
    if (job->state != JobState::kDeadLettered)
      return Fail(Code::kNotFound, job->id + " is not in the dead-letter queue; it is " +
                                       std::string(NameOf(job->state)));
    return JsonReply(200, DlqEntryJson(*job));
  });
}

void Retry(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  auto command = RetryFromJson(call.id(), *body);
  if (!command) return responder.Send(command.error());
  command->must_be_dead_lettered = true;
  SendCommand(api, call, *std::move(command), responder,
              [](const Reply& reply) { return NewJobReply(std::get<JobReply>(reply).job); });
}

}  // namespace

std::vector<Route> DlqRoutes(const Api& api) {
  auto with = [&api](auto handler) {
    return [&api, handler](const Call& call, const Responder& to) { handler(api, call, to); };
  };
  return {
      {"GET",
       "/api/v1/dlq",
       {"listDlq",
        "dlq",
        "Dead-lettered jobs, newest first",
        {{"limit", R"({"type":"integer","minimum":1,"maximum":1000})", "At most so many"},
         {"cursor", R"({"type":"string"})", "nextCursor of the page before"}},
        "",
        false,
        {{200, "A page of entries", "DlqPage"}}},
       with(List)},
      {"GET",
       "/api/v1/dlq/{id}",
       {"getDlqEntry",
        "dlq",
        "One dead-lettered job",
        {},
        "",
        false,
        {{200, "The entry", "DlqEntry"}}},
       with(Show)},
      {"POST",
       "/api/v1/dlq/{id}/retry",
       {"retryDlqEntry",
        "dlq",
        "Run a dead-lettered job again, as a new job",
        {},
        "Nothing",
        false,
        {{201, "The new job", "Job"}}},
       with(Retry)},
  };
}

}  // namespace jobgate
