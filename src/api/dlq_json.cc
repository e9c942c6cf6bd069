#include "src/api/dlq_json.h"

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

}  // namespace jobgate
