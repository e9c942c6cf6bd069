#include "src/api/stuck_json.h"

#include <algorithm>

#include "src/api/job_json.h"
#include "src/api/json_values.h"

namespace jobgate {

Json StuckJson(std::vector<LongRunning> running, Duration older_than, Time now) {
  const auto since = [](const LongRunning& one) { return one.running.attempt.started_at; };
  std::erase_if(running, [&](const LongRunning& one) { return now - since(one) < older_than; });
  std::ranges::stable_sort(running, {}, since);
  Json list = Json::array();
  for (const LongRunning& one : running) {
    Json& item = list.emplace_back(Json::object());
    item["job"] = JobJson(one.running.job);
    item["attempt"] = one.running.attempt.number;
    item["startedAt"] = FormatTime(since(one));
    item["runningMs"] = std::max<int64_t>(0, (now - since(one)).count());
    item["timeoutMs"] = one.timeout ? Json(one.timeout->count()) : Json();
    item["stopping"] = one.running.job.stop.has_value();
  }
  Json json = Json::object();
  json["jobs"] = std::move(list);
  return json;
}

}  // namespace jobgate
