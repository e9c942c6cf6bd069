#include "src/api/event_json.h"

#include "src/api/json_values.h"

namespace jobgate {

Json EventJson(const Event& event) {
  Json json = Json::object();
  json["seq"] = event.seq;
  json["at"] = FormatTime(event.at);
  json["type"] = event.type;
  json["jobId"] = OrNull(event.job_id);
  json["actor"] = OrNull(event.actor);
  json["payload"] = StoredJson(event.payload);
  return json;
}

Json EventsJson(const std::vector<Event>& events, int64_t last_seq) {
  Json list = Json::array();
  for (const Event& event : events) list.push_back(EventJson(event));
  Json json = Json::object();
  json["events"] = std::move(list);
  json["lastSeq"] = last_seq;
  return json;
}

std::string EventStreamText(const Event& event) {
  // Canonical text has no line break, so one data line holds it.
  return "id: " + std::to_string(event.seq) + "\nevent: " + event.type +
         "\ndata: " + Canonical(EventJson(event)) + "\n\n";
}

}  // namespace jobgate
