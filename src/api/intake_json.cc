#include "src/api/intake_json.h"

#include "src/api/json_values.h"

namespace jobgate {

Json IntakeJson(const EngineSnapshot& snapshot) {
  const IntakeState& state = snapshot.intake;
  const auto& configured = snapshot.config->intake;
  Json json = Json::object();
  json["paused"] = state.paused;
  json["maxPerMinute"] = state.per_minute;
  json["by"] = OrNull(state.by);
  json["since"] = OrNull(state.since);
  json["reason"] = NullIfEmpty(state.reason);
  json["configured"] = {{"paused", configured.paused}, {"maxPerMinute", configured.per_minute}};
  return json;
}

}  // namespace jobgate
