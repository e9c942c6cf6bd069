#include "src/api/attempt_json.h"

#include "src/api/json_values.h"

namespace jobgate {

Json AttemptJson(const Attempt& attempt) {
  Json json = Json::object();
  json["number"] = attempt.number;
  json["step"] = NullIfEmpty(attempt.step_name);
  json["startedAt"] = FormatTime(attempt.started_at);
  json["endedAt"] = OrNull(attempt.ended_at);
  json["outcome"] = OrNull(attempt.outcome);
  json["dryRun"] = attempt.incarnation == kDryRun;
  json["exitCode"] = OrNull(attempt.exit_code);
  json["signal"] = OrNull(attempt.signal);
  json["error"] = OrNull(attempt.error);
  json["digest"] = OrNull(attempt.digest);
  json["usage"]["cpuMs"] = attempt.usage.cpu_ms;
  json["usage"]["maxRssBytes"] = attempt.usage.rss_bytes_max;
  return json;
}

Json AttemptsJson(const std::vector<Attempt>& attempts) {
  Json list = Json::array();
  for (const Attempt& attempt : attempts) list.push_back(AttemptJson(attempt));
  Json json = Json::object();
  json["attempts"] = std::move(list);
  return json;
}

}  // namespace jobgate
