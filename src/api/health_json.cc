#include "src/api/health_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "src/api/breaker_json.h"
#include "src/api/json_values.h"
#include "src/api/stats_json.h"
#include "src/api/version.h"
#include "src/api/worker_json.h"
#include "src/api/worker_state.h"

namespace jobgate {
namespace {

constexpr std::array<std::string_view, 6> kUnhealthyChecks = {"store",  "worker",       "disk",
                                                              "engine", "success_rate", "breakers"};

constexpr int64_t kNamesMax = 5;  // of breakers in one issue

class Issues {
 public:
  void Warn(std::string_view check, std::string message) {
    Add("warning", check, std::move(message));
  }
  void Critical(std::string_view check, std::string message) {
    if (std::ranges::find(kUnhealthyChecks, check) != kUnhealthyChecks.end()) unhealthy_ = true;
    Add("critical", check, std::move(message));
  }
  // Higher is worse.
  void AtLeast(std::string_view check, double value, double warning, double critical,
               const std::string& message) {
    if (value >= critical)
      Critical(check, message);
    else if (value >= warning)
      Warn(check, message);
  }
  // Lower is worse.
  void Below(std::string_view check, double value, double warning, double critical,
             const std::string& message) {
    if (value < critical)
      Critical(check, message);
    else if (value < warning)
      Warn(check, message);
  }

  bool unhealthy() const { return unhealthy_; }
  std::string_view Status() const {
    if (unhealthy_) return "unhealthy";
    return list_.empty() ? "healthy" : "degraded";
  }
  Json Take() { return std::move(list_); }

 private:
  void Add(std::string_view severity, std::string_view check, std::string message) {
    Json& issue = list_.emplace_back(Json::object());
    issue["severity"] = severity;
    issue["check"] = check;
    issue["message"] = std::move(message);
    issue["runbook"] = "docs/runbook.md#" + std::string(check);
  }

  Json list_ = Json::array();
  bool unhealthy_ = false;
};

std::string Jobs(int64_t count) {
  return std::to_string(count) + (count == 1 ? " job" : " jobs");
}

std::string Percent(double value) {
  std::string text = Json(std::round(value * 10) / 10).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + " %";
}

std::string Megabytes(int64_t bytes) {
  return std::to_string(bytes / 1'000'000) + " MB";
}

double Utilization(const StateCounts& counts, const Config& config) {
  return 100.0 * static_cast<double>(counts.Of(JobState::kQueued)) /
         std::max(config.queue.queued_max, 1);
}

Json PrioritiesInUse(const StateCounts& counts) {
  Json json = Json::object();
  for (const auto& [priority, count] : counts.queued_by_priority)
    if (count > 0) json[std::string(NameOf(priority))] = count;
  return json;
}

Json QueueJson(const HealthInput& input, const std::optional<StateCounts>& counts, Time now) {
  const Config& config = *input.config;
  const EngineSnapshot* snapshot = input.snapshot;
  Json json = Json::object();
  auto known = [&](auto&& figure) { return counts ? Json(figure(*counts)) : Json(nullptr); };
  json["queued"] = known([](const StateCounts& c) { return c.Of(JobState::kQueued); });
  json["running"] = known([](const StateCounts& c) { return c.Of(JobState::kRunning); });
  json["dlq"] = known([](const StateCounts& c) { return c.Of(JobState::kDeadLettered); });
  json["utilizationPercent"] =
      known([&](const StateCounts& c) { return std::llround(Utilization(c, config)); });
  json["oldestQueuedMs"] =
      known([&](const StateCounts& c) { return AgeMs(c.oldest_ready_at, now); });
  json["oldestRunningMs"] =
      known([&](const StateCounts& c) { return AgeMs(c.oldest_started_at, now); });
  json["byPriority"] = counts ? PrioritiesInUse(*counts) : Json::object();
  json["maxConcurrent"] = config.queue.concurrent_max;
  json["maxQueueSize"] = config.queue.queued_max;
  json["backpressureActive"] = snapshot && snapshot->backpressure;
  json["intakePaused"] = snapshot && snapshot->intake.paused;
  return json;
}

Json ApprovalsJson(const std::optional<StateCounts>& counts, const HealthInput& input) {
  const ApprovalStatus& status = input.approvals;
  Json json = Json::object();
  json["provider"] = input.config->approval.provider;
  json["available"] = status.available;
  json["reason"] = NullIfEmpty(status.reason);
  json["waiting"] = counts ? Json(counts->Of(JobState::kWaitingApproval)) : Json(nullptr);
  json["expiringSoon"] = counts ? Json(counts->expiring_soon) : Json(nullptr);
  json["lastPollAt"] = OrNull(status.last_poll_at);
  json["rateLimitRemaining"] = OrNull(status.rate_limit_remaining);
  json["outbox"] = input.snapshot ? Json(input.snapshot->outbox.pending) : Json(nullptr);
  json["parked"] = input.snapshot ? Json(input.snapshot->outbox.parked) : Json(nullptr);
  return json;
}

Json ConfigJson(const Config& config, const ConfigStatus& status) {
  Json json = Json::object();
  json["path"] = config.path;
  json["revision"] = config.revision;
  json["loadedAt"] = FormatTime(status.loaded_at);
  json["error"] = OrNull(status.error);
  return json;
}

Json SystemJson(const SystemFigures& system) {
  Json json = Json::object();
  json["rssBytes"] = system.rss_bytes;
  json["cpuPercent"] = system.cpu_percent;
  json["diskFreeBytes"] = OrNull(system.disk_free_bytes);
  return json;
}

Json DataJson(const HealthInput& input) {
  const Config& config = *input.config;
  const std::optional<StateCounts> counts = input.snapshot ? input.snapshot->counts : std::nullopt;
  const Time now = input.snapshot ? input.snapshot->taken_at : input.checked_at;
  Json jobs = Json::object();
  jobs["store"] = StatesJson(counts);
  jobs["store"]["type"] = config.store.type;
  jobs["queue"] = QueueJson(input, counts, now);
  jobs["worker"] = WorkerJson(input.snapshot);
  jobs["approvals"] = ApprovalsJson(counts, input);
  jobs["breakers"] = input.snapshot ? BreakerStatesJson(*input.snapshot) : Json::object();
  jobs["config"] = ConfigJson(config, input.config_status);
  Json data = Json::object();
  data["jobs"] = std::move(jobs);
  data["system"] = SystemJson(input.system);
  return data;
}

void CheckWorker(const EngineSnapshot& snapshot, Issues& issues) {
  const std::optional<ClaimStop> stop = WhyNotClaiming(snapshot);
  if (!stop) {
    if (snapshot.config->worker.dry_run)
      issues.Warn("dry_run",
                  "the worker only rehearses: jobs end as succeeded and nothing is executed; "
                  "worker.dryRun is set");
    return;
  }
  const std::string how = stop->command.empty() ? "" : "; `" + stop->command + "` starts it";
  issues.Critical("worker", "no job is started: " + stop->why + how);
}

void CheckSuccessRate(const EngineSnapshot& snapshot, const HealthThresholds& limits,
                      Issues& issues) {
  const std::optional<double> rate = SuccessRatePercent(snapshot);
  if (!rate || snapshot.recent_attempts < limits.success_rate_attempts_min) return;
  issues.Below("success_rate", *rate, limits.success_rate_percent_warning,
               limits.success_rate_percent_critical,
               "only " + Percent(*rate) + " of the last " +
                   std::to_string(snapshot.recent_attempts) +
                   " attempts succeeded; `jobgate errors` shows what fails");
}

void CheckQueue(const StateCounts& counts, const Config& config, Issues& issues) {
  const HealthThresholds& limits = config.health;
  const double utilization = Utilization(counts, config);
  const int64_t depth = counts.Of(JobState::kQueued);
  issues.AtLeast("utilization", utilization, limits.utilization_percent_warning,
                 limits.utilization_percent_critical,
                 "the queue is " + Percent(utilization) + " full (" + std::to_string(depth) +
                     " of " + std::to_string(config.queue.queued_max) +
                     "); raise queue.maxConcurrent or cancel what is not needed");
  issues.AtLeast("queue_depth", static_cast<double>(depth),
                 static_cast<double>(limits.queue_depth_warning),
                 static_cast<double>(limits.queue_depth_critical),
                 Jobs(depth) + " in the queue; `jobgate list --state queued` shows them");
}

void CheckAdmission(const EngineSnapshot& snapshot, const Config& config, Issues& issues) {
  if (snapshot.backpressure && config.health.backpressure_critical)
    issues.Critical("backpressure",
                    "normal, low and background submissions are refused until " +
                        Jobs(snapshot.backpressure_ends_at) +
                        " or fewer are queued; raise queue.maxConcurrent or cancel what is not "
                        "needed");
  if (snapshot.intake.paused && config.health.intake_paused_warning)
    issues.Warn("intake", "every submission is refused: the intake is paused" +
                              (snapshot.intake.by ? " by " + *snapshot.intake.by
                                                  : " by intake.paused in the settings") +
                              "; `jobgate intake resume` ends it");
}

std::string Breakers(const EngineSnapshot& snapshot, BreakerState state) {
  std::string names;
  int64_t count = 0;
  for (const auto& [name, breaker] : snapshot.breakers) {
    if (breaker.state != state) continue;
    if (++count <= kNamesMax) names += (names.empty() ? "" : ", ") + name;
  }
  return names + (count > kNamesMax ? " and others" : "");
}

void CheckBreakers(const EngineSnapshot& snapshot, const HealthThresholds& limits, Issues& issues) {
  if (CountOf(snapshot, BreakerState::kOpen) >= limits.breakers_open_critical)
    issues.Critical("breakers", "open after too many failures in a row, its jobs wait: " +
                                    Breakers(snapshot, BreakerState::kOpen) +
                                    "; `jobgate breaker list` shows why, `jobgate breaker reset "
                                    "NAME` closes one");
  if (CountOf(snapshot, BreakerState::kHalfOpen) >= limits.breakers_half_open_warning)
    issues.Warn("breakers", "half open, one job at a time is tried: " +
                                Breakers(snapshot, BreakerState::kHalfOpen));
}

void CheckOldest(const StateCounts& counts, const HealthThresholds& limits, Time now,
                 Issues& issues) {
  if (!counts.oldest_ready_at) return;
  const Duration age = now - *counts.oldest_ready_at;
  issues.AtLeast("oldest_queued", static_cast<double>(age.count()),
                 static_cast<double>(limits.oldest_queued_ms_warning),
                 static_cast<double>(limits.oldest_queued_ms_critical),
                 "a job has waited " + FormatDuration(age) +
                     " for a slot; `jobgate worker status` shows what holds the slots");
}

void CheckCounts(const EngineSnapshot& snapshot, const Config& config, Issues& issues) {
  const StateCounts& counts = *snapshot.counts;
  const HealthThresholds& limits = config.health;
  CheckQueue(counts, config, issues);
  CheckOldest(counts, limits, snapshot.taken_at, issues);
  const int64_t dead = counts.Of(JobState::kDeadLettered);
  issues.AtLeast("dlq", static_cast<double>(dead), static_cast<double>(limits.dlq_warning),
                 static_cast<double>(limits.dlq_critical),
                 Jobs(dead) +
                     " in the dead-letter queue; `jobgate dlq list` shows why, "
                     "`jobgate dlq retry ID` runs one again");
  const int64_t lost = counts.Of(JobState::kInterrupted);
  if (lost >= limits.interrupted_warning)
    issues.Warn("interrupted", Jobs(lost) +
                                   " with an unknown outcome; look what it did, then "
                                   "`jobgate resolve ID --as succeeded|failed|retry`");
}

void CheckSystem(const SystemFigures& system, const HealthThresholds& limits, Issues& issues) {
  issues.AtLeast("memory", static_cast<double>(system.rss_bytes),
                 static_cast<double>(limits.memory_bytes_warning),
                 static_cast<double>(limits.memory_bytes_critical),
                 "the daemon uses " + Megabytes(system.rss_bytes) + " of memory");
  if (!system.disk_free_percent) return;
  issues.Below("disk", *system.disk_free_percent, limits.disk_free_percent_warning,
               limits.disk_free_percent_critical,
               "only " + Percent(*system.disk_free_percent) +
                   " of the store's disk is free; make room before nothing can be stored");
}

std::string PastExpiry(int64_t jobs) {
  return jobs > 0 ? " (" + Jobs(jobs) + " past the expiry, for a last look)" : "";
}

void CheckApprovals(const HealthInput& input, Issues& issues) {
  const bool is_asked = input.config->approval.provider == "github";
  if (!input.approvals.available && !is_asked)
    issues.Warn("approvals",
                "issues from when approval.provider was github cannot be told what became of "
                "their jobs: " +
                    input.approvals.reason + "; without approval.repo nobody tries");
  if (!input.approvals.available && is_asked)
    issues.Warn("approvals", "GitHub cannot be asked, so jobs keep waiting" +
                                 PastExpiry(input.snapshot->last_looks) + ": " +
                                 input.approvals.reason + "; `jobgate doctor` looks closer");
  if (!input.approvals.warning.empty()) issues.Warn("approvals", input.approvals.warning);
  if (const int64_t parked = input.snapshot->outbox.parked; parked > 0)
    issues.Warn("approvals", std::to_string(parked) + (parked == 1 ? " message" : " messages") +
                                 " to GitHub were refused for good");
}

void CheckClock(const EngineSnapshot& snapshot, Issues& issues) {
  if (!snapshot.clock_jump) return;
  const Duration jump = *snapshot.clock_jump;
  issues.Warn("clock",
              "the host's clock jumped " + FormatDuration(Duration(std::abs(jump.count()))) +
                  (jump.count() < 0 ? " back" : " ahead") + "; check its time synchronisation");
}

void CheckEngine(const HealthInput& input, Issues& issues) {
  if (!input.snapshot) {
    issues.Critical("engine",
                    "the engine did not answer in time; it is stuck or overloaded, see "
                    "the daemon's log");
    return;
  }
  const EngineSnapshot& snapshot = *input.snapshot;
  if (snapshot.store_fault)
    issues.Critical("store", "the store cannot write: " + *snapshot.store_fault +
                                 "; submissions are refused until that is mended");
  else if (!snapshot.counts)
    issues.Critical("store", "the store cannot be read; see the daemon's log");
  CheckWorker(snapshot, issues);
  CheckSuccessRate(snapshot, input.config->health, issues);
  if (snapshot.counts) CheckCounts(snapshot, *input.config, issues);
  CheckAdmission(snapshot, *input.config, issues);
  CheckBreakers(snapshot, input.config->health, issues);
  CheckClock(snapshot, issues);
  CheckApprovals(input, issues);
}

}  // namespace

HealthReport HealthOf(const HealthInput& input) {
  Issues issues;
  CheckEngine(input, issues);
  CheckSystem(input.system, input.config->health, issues);
  if (input.config_status.error)
    issues.Warn("config", "the settings on disk are not in use: " + *input.config_status.error);
  for (const std::string& pointer : input.config_status.needs_restart)
    issues.Warn("config", pointer +
                              " in the settings' file is not the one in use: restart the "
                              "daemon to take it over (running jobs go on)");
  HealthReport report;
  report.unhealthy = issues.unhealthy();
  report.body = Json::object();
  report.body["status"] = issues.Status();
  report.body["checkedAt"] = FormatTime(input.checked_at);
  report.body["version"] = kVersion;
  report.body["data"] = DataJson(input);
  report.body["issues"] = issues.Take();
  return report;
}

std::optional<std::string> WhyNotReady(const EngineSnapshot& snapshot) {
  if (snapshot.store_fault) return "the store cannot write: " + *snapshot.store_fault;
  if (!snapshot.supervisor_connected) return "the supervisor is not connected";
  return std::nullopt;
}

}  // namespace jobgate
