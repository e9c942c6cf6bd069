// What happened, in order. The event log is the audit trail and the live stream.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/job/job.h"

namespace jobgate {

struct Event {
  int64_t seq = 0;  // assigned by the store, without gaps
  Time at;
  std::string type;  // "job:submitted", "worker:started", …
  std::optional<JobId> job_id;
  std::optional<Actor> actor;  // who did it, where somebody did
  std::string payload = "{}";  // canonical JSON object
  std::string chain;           // store/event_chain.h; "" in one from before there was a chain
  bool operator==(const Event&) const = default;
};

}  // namespace jobgate
