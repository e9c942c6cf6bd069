#include "tests/simulation/settings.h"

#include <algorithm>

namespace jobgate::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

JobType OneStep(std::vector<std::string> run) {
  JobType type;
  type.steps = {{"run", std::move(run), std::nullopt}};
  return type;
}

std::map<std::string, JobType> UngatedTypes() {
  std::map<std::string, JobType> types;
  types["plain"] = OneStep({"work", "{what}"});
  JobType& repeatable = types["repeatable"] = OneStep({"flaky", "{what}"});
  repeatable.idempotent = repeatable.dedupe = true;
  repeatable.attempts_max = 4;
  JobType& broken = types["broken"] = OneStep({"broken", "{what}"});
  broken.attempts_max = 2;
  broken.permanent_exit_codes = {64};
  broken.priority = "low";
  JobType& slow = types["slow"] = OneStep({"sleepy", "--for={what}"});
  slow.idempotent = true;
  slow.attempts_max = 2;
  slow.timeout = seconds(10);
  types["asks"] = OneStep({"asks", "{what}"});
  JobType& chain = types["chain"];
  chain.steps = {{"one", {"work", "one", "{what}"}, std::nullopt},
                 {"two", {"flaky", "two", "{what}"}, std::nullopt},
                 {"three", {"asks", "three", "{what}"}, std::nullopt}};
  chain.idempotent = true;
  return types;
}

void AddGatedTypes(std::map<std::string, JobType>& types) {
  types["gated"].steps = {{"apply", {"work", "apply", "{what}"}, GateRule{1, {}, true, hours(24)}}};
  JobType& deploy = types["deploy"];
  deploy.steps = {{"plan", {"work", "plan", "{what}"}, std::nullopt},
                  {"apply",
                   {"flaky", "apply", "{what}"},
                   GateRule{2, {"os:alice", "bob", "token:ci"}, true, hours(2)}},
                  {"announce", {"work", "announce", "{what}"}, std::nullopt}};
  deploy.env = {{"STAGE", "prod"}};
  deploy.secrets = {"DEPLOY_KEY"};
  deploy.dedupe = true;
  deploy.priority = "high";
  deploy.attempts_max = 2;
  JobType& guarded = types["guarded"];
  guarded.steps = {{"go", {"work", "{what}"}, GateRule{1, {}, false, minutes(30)}}};
  guarded.idempotent = true;
  JobType& patient = types["patient"];
  patient.steps = {{"try", {"flaky", "{what}"}, GateRule{1, {}, true, hours(1)}}};
  patient.attempts_max = 4;
  patient.retry_delay = minutes(1);
  JobType& pinned = types["pinned"];
  pinned.steps = {{"plan", {"work", "plan", "{what}"}, std::nullopt},
                  {"apply", {"flaky", "{what}"}, GateRule{1, {}, true, hours(1)}}};
  pinned.cwd = std::string(kRepository) + "/" + kPlaceInIt;
  pinned.git_ref = "main";
  for (const bool repeatable : {false, true}) {
    JobType& checked = types[repeatable ? "rechecked" : "checked"];
    checked.steps = {{"plan", {"plan", "{what}"}, std::nullopt},
                     {"apply", {"flaky", "apply"}, GateRule{1, {}, true, hours(1), true}}};
    checked.idempotent = repeatable;
    checked.attempts_max = 4;
  }
  types["checked"].steps[1].run[0] = "asks";
  JobType& twice = types["twice"];
  twice.steps = {{"first", {"work", "first", "{what}"}, GateRule{1, {}, true, hours(1)}},
                 {"second", {"asks", "second", "{what}"}, GateRule{1, {}, true, hours(6)}}};
}

// What an edit of jobs.json may change while jobs wait: what runs, in what surroundings, who may
// release it, whether it is gated at all, and whether it is there.
void Edit(Dice& dice, std::map<std::string, JobType>& types) {
  if (dice.OneIn(4)) types["gated"].steps[0].run.emplace_back("--fast");
  if (dice.OneIn(4)) types["deploy"].env["STAGE"] = "test";
  if (dice.OneIn(5)) types["deploy"].steps[1].gate->approvals_min = 1;
  if (dice.OneIn(5)) types["deploy"].steps[1].gate->approvers = {"bob", "os:carol"};
  if (dice.OneIn(5)) types["guarded"].cwd = "/srv/other";
  if (dice.OneIn(5)) types["gated"].limits = {256, 0, 0, 0};
  if (dice.OneIn(5)) types["chain"].limits = {0, 0, 60, 100};
  if (dice.OneIn(5)) types["patient"].retry_delay = seconds(5);
  if (dice.OneIn(5)) types["twice"].steps[1].gate->ttl = hours(3);
  if (dice.OneIn(5)) types["twice"].steps[1].gate.reset();
  if (dice.OneIn(6))
    types["plain"].steps[0] = {"held", {"work", "{what}"}, GateRule{1, {}, true, hours(1)}};
  if (dice.OneIn(5)) types["chain"].steps.pop_back();
  if (dice.OneIn(6)) types["chain"].steps[1].gate = GateRule{1, {}, true, hours(1)};
  if (dice.OneIn(6)) types["slow"].timeout = seconds(20);
  if (dice.OneIn(6)) types["slow"].steps[0].run[1] = "{what}";  // not for a value like "-x"
  if (dice.OneIn(8)) types["slow"].steps[0].gate = GateRule{1, {}, true, hours(1)};
  if (dice.OneIn(5)) types["pinned"].git_ref = "stable";
  if (dice.OneIn(5)) types["checked"].steps[1].gate->plan_check = false;
  if (dice.OneIn(5)) types["checked"].steps[0].run.emplace_back("--all");
  if (dice.OneIn(5)) types["rechecked"].steps[1].run.emplace_back("--all");
  if (dice.OneIn(3)) {
    auto gone = types.begin();
    std::advance(gone, dice.Below(static_cast<int64_t>(types.size())));
    types.erase(gone);
  }
}

Json ToJson(const ProcessLimits& limits) {
  return {{"memoryMb", limits.memory_mb},
          {"processes", limits.processes},
          {"cpuSeconds", limits.cpu_seconds},
          {"openFiles", limits.open_files}};
}

double Hours(Duration duration) {
  return static_cast<double>(duration.count()) / 3'600'000;
}

Json ToJson(const GateRule& gate) {
  return {{"minApprovals", gate.approvals_min},
          {"approvers", gate.approvers},
          {"allowSelfApproval", gate.self_approval},
          {"defaultTtlHours", Hours(gate.ttl)}};
}

Json ToJson(const GitHubRule& rule) {
  return {{"provider", "github"},
          {"repo", "acme/ops"},
          {"approveLabels", rule.approve_labels},
          {"rejectLabels", rule.reject_labels},
          {"requirePermission", rule.permission},
          {"allowLocal", rule.allow_local},
          {"maxObservationAgeMs", rule.observation_age_max.count()},
          {"requesters", rule.requesters}};
}

Json ToJson(const StepRule& step) {
  Json gate = step.gate ? ToJson(*step.gate) : Json(false);
  if (step.gate && step.gate->plan_check) gate["planCheck"] = true;
  return {{"name", step.name}, {"run", step.run}, {"gate", std::move(gate)}};
}

Json ToJson(const JobType& type) {
  Json json = {{"params",
                {{"type", "object"},
                 {"required", {"what"}},
                 {"additionalProperties", false},
                 {"properties", {{"what", {{"type", "string"}, {"maxLength", 20}}}}}}},
               {"env", type.env},
               {"cwd", type.cwd},
               {"secrets", type.secrets},
               {"priority", type.priority},
               {"maxAttempts", type.attempts_max},
               {"timeoutMs", type.timeout.count()},
               {"retryDelayMs", type.retry_delay.count()},
               {"idempotent", type.idempotent},
               {"dedupe", type.dedupe ? "active" : "none"},
               {"permanentExitCodes", type.permanent_exit_codes},
               {"limits", ToJson(type.limits)}};
  if (!type.git_ref.empty()) json["git"] = {{"repo", kRepository}, {"ref", type.git_ref}};
  if (type.concurrent_max) json["maxConcurrent"] = *type.concurrent_max;
  if (type.queued_max) json["maxQueued"] = *type.queued_max;
  if (type.steps.size() == 1 && type.steps[0].name == "run" && !type.steps[0].gate) {
    json["run"] = type.steps[0].run;
    return json;
  }
  json["steps"] = Json::array();
  for (const StepRule& step : type.steps) json["steps"].push_back(ToJson(step));
  return json;
}

std::string RenderElement(const std::string& element, const Json& params) {
  std::string text;
  for (size_t at = 0; at < element.size();) {
    const size_t open = element.find('{', at);
    text += element.substr(at, open - at);
    if (open == std::string::npos) break;
    const size_t close = element.find('}', open);
    text += params.at(element.substr(open + 1, close - open - 1)).get<std::string>();
    at = close + 1;
  }
  return text;
}

}  // namespace

bool JobType::HasGate() const {
  return std::any_of(steps.begin(), steps.end(),
                     [](const StepRule& step) { return step.gate.has_value(); });
}

const JobType* Settings::Find(const std::string& type) const {
  const auto found = types.find(type);
  return found == types.end() ? nullptr : &found->second;
}

const StepRule* Settings::FindStep(const std::string& type, int step) const {
  const JobType* found = Find(type);
  if (!found || static_cast<size_t>(step) >= found->steps.size()) return nullptr;
  return &found->steps[static_cast<size_t>(step)];
}

SettingsPtr DrawSettings(Dice& dice, int serial) {
  auto settings = std::make_shared<Settings>();
  settings->serial = serial;
  settings->types = UngatedTypes();
  AddGatedTypes(settings->types);
  settings->asked_gate = {1, {"os:alice", "bob", "os:carol"}, dice.OneIn(2), hours(12)};
  if (serial > 0) Edit(dice, settings->types);
  settings->concurrent_max = static_cast<int>(dice.Between(1, 6));
  settings->express_slots = static_cast<int>(dice.Between(0, 2));
  settings->ageing = dice.Pick(std::vector<Duration>{Duration(0), seconds(20), minutes(10)});
  settings->queued_max = static_cast<int>(dice.Between(5, 30));
  for (auto& [name, type] : settings->types) {
    if (dice.OneIn(3)) type.concurrent_max = static_cast<int>(dice.Between(1, 2));
    if (dice.OneIn(5)) type.queued_max = static_cast<int>(dice.Between(1, 6));
  }
  settings->waiting_max = static_cast<int>(dice.Between(4, 15));
  settings->backpressure_percent = static_cast<int>(dice.Between(50, 100));
  settings->breaker = !dice.OneIn(6);
  settings->breaker_failures = static_cast<int>(dice.Between(1, 5));
  settings->breaker_open = dice.Milliseconds(5'000, 90'000);
  settings->intake_paused = dice.OneIn(12);
  if (dice.OneIn(4)) settings->per_minute = static_cast<int>(dice.Between(1, 20));
  settings->enabled = !dice.OneIn(12);
  settings->dry_run = dice.OneIn(5);
  settings->dlq = !dice.OneIn(4);
  settings->dlq_max = dice.Between(2, 12);
  settings->dlq_days = dice.Between(1, 20);
  settings->dlq_retry_approval = dice.OneIn(3);
  settings->history_days = dice.Between(1, 20);
  settings->history_max = dice.Between(20, 200);
  if (dice.OneIn(8)) settings->log_bytes_max = 1 << 21;
  if (dice.OneIn(8)) settings->secret = "s3cret-1";
  if (dice.OneIn(3)) settings->backoff = dice.OneIn(2) ? "linear" : "fixed";
  return settings;
}

std::string ToConfigText(const Settings& settings) {
  Json entrypoints = Json::object();
  for (const auto& [name, type] : settings.types) entrypoints[name] = ToJson(type);
  Json approval = ToJson(settings.asked_gate);
  if (settings.github) approval.update(ToJson(*settings.github));
  approval["maxWaiting"] = settings.waiting_max;
  const Json json = {
      {"store", {{"path", "data/jobs.db"}}},
      {"queue",
       {{"maxConcurrent", settings.concurrent_max},
        {"expressSlots", settings.express_slots},
        {"ageingMs", settings.ageing.count()},
        {"maxQueueSize", settings.queued_max},
        {"backpressureThreshold", settings.backpressure_percent}}},
      {"breaker",
       {{"enabled", settings.breaker},
        {"failureThreshold", settings.breaker_failures},
        {"openMs", settings.breaker_open.count()}}},
      {"intake", {{"paused", settings.intake_paused}, {"maxPerMinute", settings.per_minute}}},
      {"worker",
       {{"enabled", settings.enabled},
        {"dryRun", settings.dry_run},
        {"retryBackoff", settings.backoff},
        {"retryMaxDelayMs", settings.retry_delay_max.count()},
        {"killGraceMs", settings.kill_grace.count()},
        {"shutdownGraceMs", settings.shutdown_grace.count()},
        {"maxLogBytes", settings.log_bytes_max}}},
      {"approval", approval},
      {"dlq",
       {{"enabled", settings.dlq},
        {"maxSize", settings.dlq_max},
        {"retentionDays", settings.dlq_days},
        {"retryRequiresApproval", settings.dlq_retry_approval}}},
      {"history", {{"retentionDays", settings.history_days}, {"maxJobs", settings.history_max}}},
      {"entrypoints", entrypoints}};
  return json.dump();
}

std::optional<std::vector<std::string>> Render(const std::vector<std::string>& run,
                                               const Json& params) {
  std::vector<std::string> argv;
  for (const std::string& element : run) {
    std::string text = RenderElement(element, params);
    if (element.starts_with('{') && text.starts_with('-')) return std::nullopt;
    argv.push_back(std::move(text));
  }
  return argv;
}

}  // namespace jobgate::sim
