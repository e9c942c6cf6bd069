// GET /system_health: one object that says how the daemon is, and what to do where it is not well.
// A pure function of what was measured.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "approvals/watcher/approval_status.h"
#include "src/api/system_figures.h"
#include "src/base/json.h"
#include "src/config/config_slot.h"
#include "src/engine/snapshot.h"

namespace jobgate {

struct HealthInput {
  const EngineSnapshot* snapshot = nullptr;  // null: the engine did not answer in time
  std::shared_ptr<const Config> config;
  ConfigStatus config_status;
  ApprovalStatus approvals;  // of GitHub, where that is the provider
  SystemFigures system;
  Time checked_at;
};

struct HealthReport {
  Json body;               // {status, checkedAt, version, data, issues}
  bool unhealthy = false;  // HTTP 503
};

// Any issue is `degraded`; a critical one of store, worker, disk, success rate, breakers or engine
// is `unhealthy`.
HealthReport HealthOf(const HealthInput& input);

// What GET /readyz answers: store open and supervisor connected; else why not.
std::optional<std::string> WhyNotReady(const EngineSnapshot& snapshot);

}  // namespace jobgate
