#include "src/config/build.h"

#include <cmath>
#include <utility>

#include "src/base/digest.h"
#include "src/config/listen.h"
#include "src/config/paths.h"
#include "src/config/words.h"

namespace jobgate {
namespace {

constexpr size_t kRevisionDigits = 12;

Duration Milliseconds(const Json& value) {
  return Duration(value.get<int64_t>());
}

std::optional<int> OptionalInt(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<int>());
}

Duration Hours(const Json& value) {
  return Duration(static_cast<int64_t>(std::llround(value.get<double>() * 3'600'000)));
}

Duration Days(const Json& value) {
  return Duration(static_cast<int64_t>(std::llround(value.get<double>() * 86'400'000)));
}

// What an entrypoint takes over from the worker, and what unset means for it and for the provider.
void Inherit(Json& effective) {
  const Json& worker = effective["worker"];
  for (auto& [name, entrypoint] : effective["entrypoints"].items()) {
    if (entrypoint["maxAttempts"].is_null()) entrypoint["maxAttempts"] = worker["maxAttempts"];
    if (entrypoint["timeoutMs"].is_null()) entrypoint["timeoutMs"] = worker["maxJobRuntimeMs"];
    if (entrypoint["retryDelayMs"].is_null()) entrypoint["retryDelayMs"] = worker["retryDelayMs"];
    if (entrypoint["cwd"].is_null())
      entrypoint["cwd"] = entrypoint["git"].is_null() ? Json(".") : entrypoint["git"]["repo"];
  }
  Json& self_approval = effective["approval"]["allowSelfApproval"];
  if (self_approval.is_null()) self_approval = effective["approval"]["provider"] != "github";
}

RetryPolicy BuildRetry(const Json& worker) {
  return {.attempts_max = worker["maxAttempts"],
          .delay = Milliseconds(worker["retryDelayMs"]),
          .delay_max = Milliseconds(worker["retryMaxDelayMs"]),
          .backoff = BackoffFromName(worker["retryBackoff"].get<std::string>()).value(),
          .jitter = worker["retryJitter"]};
}

std::optional<GitHubRules> BuildGitHubRules(const Json& rules) {
  if (rules["provider"] != "github") return std::nullopt;
  return GitHubRules{.approve_labels = rules["approveLabels"],
                     .reject_labels = rules["rejectLabels"],
                     .permission_min = rules["requirePermission"],
                     .allow_local = rules["allowLocal"]};
}

GatePolicy BuildGate(const Json& gate, const Json& approval) {
  Json rules = approval;
  if (gate.is_object()) rules.update(gate);
  return {.provider = rules["provider"],
          .approvals_min = rules["minApprovals"],
          .approvers = rules["approvers"],
          .self_approval = rules["allowSelfApproval"],
          .ttl = Hours(rules["defaultTtlHours"]),
          .github = BuildGitHubRules(rules),
          .plan_check = rules.value("planCheck", false)};
}

Step BuildStep(const Json& step, const Json& approval) {
  Step built{step["name"], step["run"], std::nullopt};
  if (step["gate"] != Json(false)) built.gate = BuildGate(step["gate"], approval);
  return built;
}

std::vector<Step> BuildSteps(const Json& entrypoint, const Json& approval) {
  if (entrypoint.contains("run")) return {Step{"run", entrypoint["run"], std::nullopt}};
  std::vector<Step> steps;
  for (const Json& step : entrypoint["steps"]) steps.push_back(BuildStep(step, approval));
  return steps;
}

std::vector<std::string> BuildFiles(const Json& files) {
  std::vector<std::string> built;
  for (const Json& file : files) built.push_back(*PathBelow("/", "/" + file.get<std::string>()));
  return built;
}

Entrypoint BuildEntrypoint(const std::string& name, const Json& json, const Config& config) {
  Entrypoint built;
  built.name = name;
  built.description = json["description"];
  built.steps = BuildSteps(json, config.effective["approval"]);
  built.params_schema = json["params"];
  built.env = json["env"].get<std::map<std::string, std::string>>();
  built.cwd = AbsolutePath(config.base_dir, json["cwd"]);
  if (json["git"].is_object())
    built.git = GitSource{AbsolutePath(config.base_dir, json["git"]["repo"]), json["git"]["ref"]};
  built.files = BuildFiles(json["files"]);
  built.secrets = json["secrets"].get<std::vector<std::string>>();
  built.priority = PriorityFromName(json["priority"].get<std::string>()).value();
  built.retry = config.worker.retry;
  built.retry.attempts_max = json["maxAttempts"];
  built.retry.delay = Milliseconds(json["retryDelayMs"]);
  built.timeout = Milliseconds(json["timeoutMs"]);
  built.kill_grace = config.worker.kill_grace;
  built.idempotent = json["idempotent"];
  built.dedupe = DedupeFromName(json["dedupe"].get<std::string>()).value();
  built.permanent_exit_codes = json["permanentExitCodes"].get<std::vector<int>>();
  built.limits = LimitsFromJson(json["limits"]);
  return built;
}

void BuildWorker(const Json& worker, Config& config) {
  config.worker.enabled = worker["enabled"];
  config.worker.dry_run = worker["dryRun"];
  config.worker.shutdown_grace = Milliseconds(worker["shutdownGraceMs"]);
  config.worker.kill_grace = Milliseconds(worker["killGraceMs"]);
  config.worker.log_bytes_max = worker["maxLogBytes"];
  config.worker.retry = BuildRetry(worker);
  config.worker.runtime_max = Milliseconds(worker["maxJobRuntimeMs"]);
}

HealthThresholds BuildThresholds(const Json& json) {
  return {.utilization_percent_warning = json["utilizationWarningPercent"],
          .utilization_percent_critical = json["utilizationCriticalPercent"],
          .dlq_warning = json["dlqWarning"],
          .dlq_critical = json["dlqCritical"],
          .success_rate_percent_warning = json["successRateWarningPercent"],
          .success_rate_percent_critical = json["successRateCriticalPercent"],
          .success_rate_attempts_min = json["successRateMinAttempts"],
          .queue_depth_warning = json["queueDepthWarning"],
          .queue_depth_critical = json["queueDepthCritical"],
          .oldest_queued_ms_warning = json["oldestQueuedWarningMs"],
          .oldest_queued_ms_critical = json["oldestQueuedCriticalMs"],
          .interrupted_warning = json["interruptedWarning"],
          .backpressure_critical = json["backpressureCritical"],
          .breakers_half_open_warning = json["breakersHalfOpenWarning"],
          .breakers_open_critical = json["breakersOpenCritical"],
          .intake_paused_warning = json["intakePausedWarning"],
          .memory_bytes_warning = json["memoryWarningBytes"],
          .memory_bytes_critical = json["memoryCriticalBytes"],
          .disk_free_percent_warning = json["diskFreeWarningPercent"],
          .disk_free_percent_critical = json["diskFreeCriticalPercent"]};
}

std::string TextOrNone(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

void BuildGitHub(const Json& approval, Config& config) {
  auto& github = config.approval.github;
  if (approval["repo"].is_string())
    github.repo = ParseRepoName(approval["repo"].get<std::string>()).value();
  if (approval["apiUrl"].is_string()) github.api_url = approval["apiUrl"];
  github.token_env = TextOrNone(approval["tokenEnv"]);
  if (approval["tokenFile"].is_string())
    github.token_file = AbsolutePath(config.base_dir, approval["tokenFile"]);
  github.requesters = approval["requesters"].get<std::map<std::string, std::string>>();
  github.assignees = approval["assignees"].get<std::vector<std::string>>();
  github.mention = approval["mention"].get<std::vector<std::string>>();
  github.poll_interval = Milliseconds(approval["pollIntervalMs"]);
  github.observation_age_max = Milliseconds(approval["maxObservationAgeMs"]);
  github.close_issue = approval["closeIssue"];
  github.webhook_secret_env = TextOrNone(approval["webhookSecretEnv"]);
}

void BuildSections(const Json& json, Config& config) {
  config.store.type = json["store"]["type"];
  config.store.path = AbsolutePath(config.base_dir, json["store"]["path"]);
  config.queue.concurrent_max = json["queue"]["maxConcurrent"];
  config.queue.queued_max = json["queue"]["maxQueueSize"];
  config.queue.backpressure_percent = json["queue"]["backpressureThreshold"];
  config.queue.express_slots = json["queue"]["expressSlots"];
  config.queue.ageing = Milliseconds(json["queue"]["ageingMs"]);
  BuildWorker(json["worker"], config);
  config.breaker.enabled = json["breaker"]["enabled"];
  config.breaker.failures_max = json["breaker"]["failureThreshold"];
  config.breaker.open_for = Milliseconds(json["breaker"]["openMs"]);
  config.intake.paused = json["intake"]["paused"];
  config.intake.per_minute = json["intake"]["maxPerMinute"];
  config.approval.provider = json["approval"]["provider"];
  config.approval.gate = BuildGate(Json(), json["approval"]);
  config.approval.expiry_warning = Hours(json["approval"]["expiryWarningHours"]);
  config.approval.waiting_max = json["approval"]["maxWaiting"];
  BuildGitHub(json["approval"], config);
  config.dlq.enabled = json["dlq"]["enabled"];
  config.dlq.entries_max = json["dlq"]["maxSize"];
  config.dlq.retention = Days(json["dlq"]["retentionDays"]);
  config.dlq.retry_requires_approval = json["dlq"]["retryRequiresApproval"];
  config.history.retention = Days(json["history"]["retentionDays"]);
  config.history.jobs_max = json["history"]["maxJobs"];
  config.history.log_bytes_max = json["history"]["maxLogBytes"];
  config.health = BuildThresholds(json["health"]["thresholds"]);
  const ListenAddress listen = ParseListen(json["http"]["listen"].get<std::string>()).value();
  config.http.host = listen.host;
  config.http.port = listen.port;
  config.log.level = json["log"]["level"];
  config.log.format = json["log"]["format"];
  if (json["log"]["path"].is_string())
    config.log.path = AbsolutePath(config.base_dir, json["log"]["path"]);
  if (json["secretsFile"].is_string())
    config.secrets_file = AbsolutePath(config.base_dir, json["secretsFile"]);
}

}  // namespace

const char* DefaultStorePath(std::string_view type) {
  return type == "jsonl" ? "data/jobs.jsonl" : "data/jobs.db";
}

Config BuildConfig(std::string path, Json source, Json effective, const CompiledParams& params) {
  Config config;
  config.path = std::move(path);
  config.base_dir = BaseDir(config.path);
  config.revision = Sha256Hex(Canonical(source)).substr(0, kRevisionDigits);
  config.source = std::move(source);
  Inherit(effective);
  if (!config.source.contains("/store/path"_json_pointer))
    effective["store"]["path"] = DefaultStorePath(effective["store"]["type"].get<std::string>());
  config.effective = std::move(effective);
  BuildSections(config.effective, config);
  const Json& entrypoints = config.effective["entrypoints"];
  for (const auto& [name, json] : entrypoints.items()) {
    config.entrypoints[name] = {BuildEntrypoint(name, json, config), params.at(name),
                                OptionalInt(json["maxQueued"])};
    if (const auto limit = OptionalInt(json["maxConcurrent"]))
      config.concurrent_limits[name] = *limit;
  }
  return config;
}

}  // namespace jobgate
