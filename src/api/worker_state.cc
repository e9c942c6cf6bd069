#include "src/api/worker_state.h"

namespace jobgate {

std::optional<ClaimStop> WhyNotClaiming(const EngineSnapshot& snapshot) {
  if (snapshot.claiming) return std::nullopt;
  if (snapshot.store_fault)
    return ClaimStop{"store_fault",
                     "the store cannot write (" + *snapshot.store_fault +
                         "); it is tried again by itself once that is mended",
                     ""};
  if (!snapshot.enabled)
    return ClaimStop{"worker_disabled",
                     "worker.enabled is false in jobs.json; set it to true to run jobs", ""};
  if (snapshot.draining)
    return ClaimStop{"worker_draining", "the worker drains: running jobs end, no other is started",
                     "jobgate worker start"};
  if (snapshot.stopped)
    return ClaimStop{"worker_stopped", "the worker was stopped by an operator",
                     "jobgate worker start"};
  if (!snapshot.supervisor_connected)
    return ClaimStop{"supervisor_lost",
                     "the supervisor is not connected; the daemon connects again by itself, or "
                     "restart it with `jobgate serve`",
                     ""};
  return ClaimStop{"worker_starting", "the worker is starting", ""};
}

}  // namespace jobgate
