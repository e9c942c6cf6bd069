#include "src/api/worker_json.h"

#include <algorithm>
#include <cmath>

#include "src/api/json_values.h"
#include "src/api/stop_json.h"

namespace jobgate {
namespace {

Json UnknownWorker() {
  Json json = Json::object();
  for (const char* key :
       {"running", "enabled", "currentJob", "processed", "succeeded", "failed", "waitingApproval",
        "successRatePercent", "uptimeMs", "lastProcessedAt", "heartbeatAt"})
    json[key] = nullptr;
  json["currentJobs"] = Json::array();
  return json;
}

Json RunningJson(const RunningJob& running, Time now) {
  Json json = Json::object();
  json["id"] = running.job.id;
  json["entrypoint"] = running.job.entrypoint;
  json["step"] = running.attempt.step_name;
  json["attempt"] = running.attempt.number;
  json["startedAt"] = FormatTime(running.attempt.started_at);
  json["runningMs"] = std::max<int64_t>((now - running.attempt.started_at).count(), 0);
  json["stop"] = StopJson(running.job);
  return json;
}

}  // namespace

std::optional<double> SuccessRatePercent(const EngineSnapshot& snapshot) {
  if (snapshot.recent_attempts <= 0) return std::nullopt;
  return std::round(1000.0 * snapshot.recent_successes / snapshot.recent_attempts) / 10.0;
}

Json WorkerJson(const EngineSnapshot* snapshot) {
  if (!snapshot) return UnknownWorker();
  Json json = Json::object();
  json["running"] = snapshot->claiming;
  json["enabled"] = snapshot->enabled;
  json["currentJob"] =
      snapshot->running_jobs.empty() ? Json(nullptr) : Json(snapshot->running_jobs.front());
  json["currentJobs"] = snapshot->running_jobs;
  json["processed"] = snapshot->processed;
  json["succeeded"] = snapshot->succeeded;
  json["failed"] = snapshot->failed;
  json["waitingApproval"] =
      snapshot->counts ? Json(snapshot->counts->Of(JobState::kWaitingApproval)) : Json(nullptr);
  json["successRatePercent"] = OrNull(SuccessRatePercent(*snapshot));
  json["uptimeMs"] = snapshot->uptime.count();
  json["lastProcessedAt"] = OrNull(snapshot->last_processed_at);
  json["heartbeatAt"] = FormatTime(snapshot->taken_at);
  return json;
}

Json WorkerStatusJson(const EngineSnapshot& snapshot, const std::vector<RunningJob>& running) {
  Json json = WorkerJson(&snapshot);
  json["stopped"] = snapshot.stopped;
  json["draining"] = snapshot.draining;
  json["supervisorConnected"] = snapshot.supervisor_connected;
  json["dryRun"] = snapshot.config->worker.dry_run;
  json["maxConcurrent"] = snapshot.config->queue.concurrent_max;
  json["jobs"] = Json::array();
  for (const RunningJob& job : running) json["jobs"].push_back(RunningJson(job, snapshot.taken_at));
  return json;
}

}  // namespace jobgate
