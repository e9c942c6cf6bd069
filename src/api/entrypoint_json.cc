#include "src/api/entrypoint_json.h"

namespace jobgate {
namespace {

Json StepJson(const Step& step) {
  Json json = Json::object();
  json["name"] = step.name;
  json["run"] = step.run;
  json["gated"] = step.gate.has_value();
  return json;
}

Json EntrypointJson(const Entrypoint& entrypoint) {
  Json json = Json::object();
  json["name"] = entrypoint.name;
  json["description"] = entrypoint.description;
  json["params"] = entrypoint.params_schema;
  json["steps"] = Json::array();
  for (const Step& step : entrypoint.steps) json["steps"].push_back(StepJson(step));
  json["priority"] = NameOf(entrypoint.priority);
  json["maxAttempts"] = entrypoint.retry.attempts_max;
  json["timeoutMs"] = entrypoint.timeout.count();
  json["idempotent"] = entrypoint.idempotent;
  json["dedupe"] = entrypoint.dedupe == Dedupe::kActive ? "active" : "none";
  json["git"] = entrypoint.git ? ToJson(*entrypoint.git) : Json(nullptr);
  json["files"] = entrypoint.files;
  json["limits"] = ToJson(entrypoint.limits);
  return json;
}

}  // namespace

Json EntrypointsJson(const Config& config) {
  Json list = Json::array();
  for (const auto& [name, declared] : config.entrypoints)
    list.push_back(EntrypointJson(declared.entrypoint));
  Json json = Json::object();
  json["entrypoints"] = std::move(list);
  return json;
}

}  // namespace jobgate
