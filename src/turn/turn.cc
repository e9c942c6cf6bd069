#include "src/turn/turn.h"

#include <utility>

namespace jobgate {

Result<void> Turn::Record(std::string type, std::optional<JobId> job_id, std::optional<Actor> actor,
                          const Json& payload) {
  Event event;
  event.at = now;
  event.type = std::move(type);
  event.job_id = std::move(job_id);
  event.actor = std::move(actor);
  event.payload = Canonical(payload);
  JOBGATE_TRY(store.AppendEvent(event));
  effects.events.push_back(std::move(event));
  return {};
}

}  // namespace jobgate
