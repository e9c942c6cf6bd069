#include "src/api/stats_json.h"

#include <cmath>
#include <string>

#include "src/api/approval_figures_json.h"
#include "src/api/json_values.h"
#include "src/api/worker_json.h"

namespace jobgate {
namespace {

Json PrioritiesJson(const std::optional<StateCounts>& counts) {
  Json json = Json::object();
  for (Priority priority : kAllPriorities) {
    const std::string name(NameOf(priority));
    if (!counts) {
      json[name] = nullptr;
      continue;
    }
    auto it = counts->queued_by_priority.find(priority);
    json[name] = it == counts->queued_by_priority.end() ? 0 : it->second;
  }
  return json;
}

Json WorkerFiguresJson(const EngineSnapshot& snapshot) {
  Json json = Json::object();
  json["processed"] = snapshot.processed;
  json["succeeded"] = snapshot.succeeded;
  json["failed"] = snapshot.failed;
  json["successRatePercent"] = OrNull(SuccessRatePercent(snapshot));
  json["lastProcessedAt"] = OrNull(snapshot.last_processed_at);
  json["uptimeMs"] = snapshot.uptime.count();
  return json;
}

constexpr std::array kOutcomes = {"succeeded",   "failed",         "timed_out",   "canceled",
                                  "interrupted", "asked_approval", "spawn_failed"};

Json OutcomesJson(const EngineSnapshot& snapshot) {
  Json json = Json::object();
  for (const auto& [key, count] : snapshot.attempts_by_outcome) {
    Json& entry = json[key.first];
    if (entry.is_null())
      for (const char* outcome : kOutcomes) entry[outcome] = 0;
    entry[key.second] = count;
  }
  for (auto& [name, entry] : json.items()) {
    auto runtime = snapshot.runtimes.find(name);
    entry["meanMs"] = runtime == snapshot.runtimes.end() || runtime->second.count == 0
                          ? Json(nullptr)
                          : Json(std::llround(1000 * runtime->second.sum_seconds /
                                              static_cast<double>(runtime->second.count)));
  }
  return json;
}

}  // namespace

Json StatesJson(const std::optional<StateCounts>& counts) {
  Json json = Json::object();
  for (JobState state : kAllJobStates)
    json[std::string(NameOf(state))] = counts ? Json(counts->Of(state)) : Json(nullptr);
  json["total"] = counts ? Json(counts->Total()) : Json(nullptr);
  return json;
}

Json StatsJson(const EngineSnapshot& snapshot) {
  Json json = Json::object();
  json["states"] = StatesJson(snapshot.counts);
  json["byPriority"] = PrioritiesJson(snapshot.counts);
  json["worker"] = WorkerFiguresJson(snapshot);
  json["entrypoints"] = OutcomesJson(snapshot);
  json["approvals"] = ApprovalFiguresJson(snapshot);
  return json;
}

}  // namespace jobgate
