#include "src/api/dlq_json.h"

#include "src/api/attempt_json.h"
#include "src/api/job_json.h"
#include "src/api/json_values.h"

namespace jobgate {

Json DlqEntryJson(const Job& job) {
  Json json = Json::object();
  json["job"] = JobJson(job);
  json["reason"] = OrNull(job.dlq_reason);
  json["addedAt"] = OrNull(job.finished_at);
  json["attempts"] = job.attempts;
  json["lastError"] = OrNull(job.last_error);
  return json;
}

Json DlqStoryJson(const Job& job, const std::vector<AttemptTails>& last, bool logs_removed) {
  Json json = DlqEntryJson(job);
  Json& history = json["history"] = Json::array();
  for (const AttemptTails& one : last) {
    Json& item = history.emplace_back(AttemptJson(one.attempt));
    item["stdoutTail"] = one.out;
    item["stderrTail"] = one.err;
  }
  json["logsRemoved"] = logs_removed;
  return json;
}

}  // namespace jobgate
