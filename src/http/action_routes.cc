// What people do with a job: POST /api/v1/jobs/{id}/<action>.
#include <string>
#include <utility>

#include "src/api/request_json.h"
#include "src/http/api.h"
#include "src/http/job_reply.h"

namespace jobgate {
namespace {

HttpReply ChangedJob(const Reply& reply) {
  return OneJobReply(std::get<JobReply>(reply).job);
}
HttpReply CreatedJob(const Reply& reply) {
  return NewJobReply(std::get<JobReply>(reply).job);
}

// How an approval came in, as its record says.
std::string ViaOf(const Call& call) {
  return call.head.Find("X-Jobgate-Via") == "cli" ? "cli" : "api";
}

// `parse` makes the command of the job's id and the body.
template <typename Parse>
Handler Action(const Api& api, Parse parse, HttpReply (*render)(const Reply&)) {
  return [&api, parse, render](const Call& call, const Responder& responder) {
    auto body = call.Body(false);
    if (!body) return responder.Send(body.error());
    auto command = parse(call, *body);
    if (!command) return responder.Send(command.error());
    SendCommand(api, call, *std::move(command), responder, render);
  };
}

Operation Describe(std::string_view id, std::string_view summary, std::string_view body,
                   bool body_required) {
  return {id, "jobs", summary, {}, body, body_required, {{200, "The job afterwards", "Job"}}};
}

}  // namespace

std::vector<Route> ActionRoutes(const Api& api) {
  return {
      {"POST", "/api/v1/jobs/{id}/cancel", Describe("cancelJob", "Cancel a job", "Reason", false),
       Action(
           api, [](const Call& call, const Json& body) { return CancelFromJson(call.id(), body); },
           ChangedJob)},
      {"POST",
       "/api/v1/jobs/{id}/retry",
       {"retryJob",
        "jobs",
        "Run an ended job again, as a new job",
        {},
        "Retry",
        false,
        {{201, "The new job", "Job"}}},
       Action(
           api, [](const Call& call, const Json& body) { return RetryFromJson(call.id(), body); },
           CreatedJob)},
      {"POST",
       "/api/v1/jobs/{id}/replay",
       {"replayJob",
        "jobs",
        "Run an ended job once more for a look, as a new job",
        {},
        "Replay",
        false,
        {{201, "The new job", "Job"}}},
       Action(
           api, [](const Call& call, const Json& body) { return ReplayFromJson(call.id(), body); },
           CreatedJob)},
      {"POST", "/api/v1/jobs/{id}/fail",
       Describe("failJob", "End a job as failed, whatever it does", "FailReason", true),
       Action(
           api, [](const Call& call, const Json& body) { return FailFromJson(call.id(), body); },
           ChangedJob)},
      {"POST", "/api/v1/jobs/{id}/resolve",
       Describe("resolveJob", "Decide on a job whose outcome is unknown", "Resolution", true),
       Action(
           api, [](const Call& call, const Json& body) { return ResolveFromJson(call.id(), body); },
           ChangedJob)},
      {"POST", "/api/v1/jobs/{id}/priority",
       Describe("setJobPriority", "Change a waiting job's priority", "PriorityChange", true),
       Action(
           api,
           [](const Call& call, const Json& body) { return PriorityFromJson(call.id(), body); },
           ChangedJob)},
      {"POST", "/api/v1/jobs/{id}/approve",
       Describe("approveJob", "Approve what the job's gate holds", "Approve", false),
       Action(
           api,
           [](const Call& call, const Json& body) {
             return ApproveFromJson(call.id(), ViaOf(call), body);
           },
           ChangedJob)},
      {"POST", "/api/v1/jobs/{id}/reject",
       Describe("rejectJob", "Reject what the job's gate holds", "Reason", false),
       Action(
           api,
           [](const Call& call, const Json& body) {
             return RejectFromJson(call.id(), ViaOf(call), body);
           },
           ChangedJob)},
      {"POST", "/api/v1/jobs/{id}/extend",
       Describe("extendApproval", "Give an approval request more time, from now", "Extend", true),
       Action(
           api, [](const Call& call, const Json& body) { return ExtendFromJson(call.id(), body); },
           ChangedJob)},
  };
}

}  // namespace jobgate
