// The worker: what it is on, stop claiming, drain, start.
#include <utility>

#include "src/api/request_json.h"
#include "src/api/worker_json.h"
#include "src/http/api.h"

namespace jobgate {
namespace {

// The running jobs of the snapshot with their attempts; what ended since is left out.
Result<std::vector<RunningJob>> FindRunning(StoreReader& store, const std::vector<JobId>& ids) {
  std::vector<RunningJob> running;
  for (const JobId& id : ids) {
    auto job = store.FindJob(id);
    if (!job) return Fail(job.error());
    auto attempts = store.AttemptsOf(id);
    if (!attempts) return Fail(attempts.error());
    if (!*job || attempts->empty() || attempts->back().ended_at) continue;
    running.push_back({**std::move(job), std::move(attempts->back())});
  }
  return running;
}

void SendStatus(const Api& api, Reply reply, const Responder& responder) {
  auto snapshot = std::get<EngineSnapshot>(std::move(reply));
  Ask(api, responder, [snapshot = std::move(snapshot)](StoreReader& store) -> Result<HttpReply> {
    const auto running = FindRunning(store, snapshot.running_jobs);
    if (!running) return Fail(running.error());
    return JsonReply(200, WorkerStatusJson(snapshot, *running));
  });
}

template <typename Parse>
Handler StatusAfter(const Api& api, Parse parse) {
  return [&api, parse](const Call& call, const Responder& responder) {
    auto body = call.Body(false);
    if (!body) return responder.Send(body.error());
    auto command = parse(*body);
    if (!command) return responder.Send(command.error());
    CommandThen(api, call, *command, responder,
                [api = api.shared_from_this()](Reply reply, const Responder& to) {
                  SendStatus(*api, std::move(reply), to);
                });
  };
}

Operation Describe(std::string_view id, std::string_view summary, std::string_view body) {
  return {id, "worker", summary, {}, body, false, {{200, "The worker", "WorkerStatus"}}};
}

}  // namespace

std::vector<Route> WorkerRoutes(const Api& api) {
  return {
      {"GET", "/api/v1/workers/status", Describe("getWorkerStatus", "What the worker is on", ""),
       StatusAfter(api, [](const Json&) { return Result<TakeSnapshot>(TakeSnapshot{}); })},
      {"POST", "/api/v1/worker/start",
       Describe("startWorker", "Start claiming jobs again", "Nothing"),
       StatusAfter(api, StartWorkerFromJson)},
      {"POST", "/api/v1/worker/stop",
       Describe("stopWorker", "Stop claiming jobs; running ones go on unless drained",
                "StopWorker"),
       StatusAfter(api, StopWorkerFromJson)},
  };
}

}  // namespace jobgate
