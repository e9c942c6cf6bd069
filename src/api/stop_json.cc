#include "src/api/stop_json.h"

#include "src/api/json_values.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

JobState AimOf(StopIntent::Kind kind) {
  switch (kind) {
    case StopIntent::Kind::kCancel:
      return JobState::kCanceled;
    case StopIntent::Kind::kFail:
      return JobState::kFailed;
    case StopIntent::Kind::kDrain:
      return JobState::kInterrupted;
  }
  return JobState::kInterrupted;
}

}  // namespace

Json StopJson(const Job& job) {
  if (job.state != JobState::kRunning || !job.stop) return nullptr;
  Json json = Json::object();
  json["as"] = NameOf(AimOf(job.stop->kind));
  json["by"] = job.stop->by;
  json["reason"] = NullIfEmpty(job.stop->reason);
  return json;
}

}  // namespace jobgate
