#include "src/api/breaker_json.h"

#include <algorithm>
#include <set>

#include "src/api/json_values.h"

namespace jobgate {
namespace {

Breaker Find(const std::string& entrypoint, const EngineSnapshot& snapshot) {
  const auto found = snapshot.breakers.find(entrypoint);
  return found == snapshot.breakers.end() ? Breaker{} : found->second;
}

std::set<std::string> Names(const EngineSnapshot& snapshot) {
  std::set<std::string> names;
  for (const auto& declared : snapshot.config->entrypoints) names.insert(declared.first);
  for (const auto& held : snapshot.breakers) names.insert(held.first);
  return names;
}

}  // namespace

Json BreakerJson(const std::string& entrypoint, const EngineSnapshot& snapshot) {
  const Breaker breaker = Find(entrypoint, snapshot);
  Json json = Json::object();
  json["entrypoint"] = entrypoint;
  json["state"] = NameOf(breaker.state);
  json["failures"] = breaker.failures;
  json["openedAt"] = OrNull(breaker.opened_at);
  json["until"] = OrNull(breaker.until);
  json["probe"] = breaker.probe ? Json(breaker.probe->job_id) : Json(nullptr);
  json["lastError"] = NullIfEmpty(breaker.last_error);
  return json;
}

Json BreakersJson(const EngineSnapshot& snapshot) {
  Json json = Json::object();
  json["enabled"] = snapshot.config->breaker.enabled;
  json["breakers"] = Json::array();
  for (const std::string& name : Names(snapshot))
    json["breakers"].push_back(BreakerJson(name, snapshot));
  return json;
}

Json BreakerStatesJson(const EngineSnapshot& snapshot) {
  Json json = Json::object();
  if (!snapshot.config->breaker.enabled) return json;
  for (const std::string& name : Names(snapshot)) json[name] = NameOf(Find(name, snapshot).state);
  return json;
}

int64_t CountOf(const EngineSnapshot& snapshot, BreakerState state) {
  return std::count_if(snapshot.breakers.begin(), snapshot.breakers.end(),
                       [&](const auto& one) { return one.second.state == state; });
}

}  // namespace jobgate
