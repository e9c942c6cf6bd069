#include <array>
#include <exception>
#include <string_view>
#include <utility>

#include "src/config/config.h"
#include "src/config/words.h"

namespace jobgate {
namespace {

Json GateToJson(const std::optional<GatePolicy>& gate) {
  if (!gate) return nullptr;
  Json json = {{"provider", gate->provider},
               {"minApprovals", gate->approvals_min},
               {"approvers", gate->approvers},
               {"allowSelfApproval", gate->self_approval},
               {"ttlMs", gate->ttl.count()}};
  if (gate->github) json["github"] = ToJson(*gate->github);
  if (gate->plan_check) json["planCheck"] = true;
  return json;
}

std::optional<GitHubRules> GitHubRulesFromJson(const Json& gate) {
  if (!gate.contains("github")) return std::nullopt;
  const Json& json = gate.at("github");
  return GitHubRules{.approve_labels = json.at("approveLabels"),
                     .reject_labels = json.at("rejectLabels"),
                     .permission_min = json.at("requirePermission"),
                     .allow_local = json.at("allowLocal")};
}

std::optional<GatePolicy> GateFromJson(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return GatePolicy{.provider = json.at("provider"),
                    .approvals_min = json.at("minApprovals"),
                    .approvers = json.at("approvers"),
                    .self_approval = json.at("allowSelfApproval"),
                    .ttl = Duration(json.at("ttlMs").get<int64_t>()),
                    .github = GitHubRulesFromJson(json),
                    .plan_check = json.value("planCheck", false)};
}

Json StepToJson(const Step& step) {
  return {{"name", step.name}, {"run", step.run}, {"gate", GateToJson(step.gate)}};
}

Step StepFromJson(const Json& json) {
  return {json.at("name"), json.at("run"), GateFromJson(json.at("gate"))};
}

Json RetryToJson(const RetryPolicy& retry) {
  return {{"maxAttempts", retry.attempts_max},
          {"delayMs", retry.delay.count()},
          {"maxDelayMs", retry.delay_max.count()},
          {"backoff", NameOf(retry.backoff)},
          {"jitter", retry.jitter}};
}

RetryPolicy RetryFromJson(const Json& json) {
  return {.attempts_max = json.at("maxAttempts"),
          .delay = Duration(json.at("delayMs").get<int64_t>()),
          .delay_max = Duration(json.at("maxDelayMs").get<int64_t>()),
          .backoff = BackoffFromName(json.at("backoff").get<std::string>()).value(),
          .jitter = json.at("jitter")};
}

// Of a declaration that was pinned before there was a `git`: none.
std::optional<GitSource> GitFromJson(const Json& entrypoint) {
  if (!entrypoint.contains("git") || entrypoint.at("git").is_null()) return std::nullopt;
  return GitSource{entrypoint.at("git").at("repo"), entrypoint.at("git").at("ref")};
}

Entrypoint FromJson(const Json& json) {
  Entrypoint made;
  made.name = json.at("name");
  made.description = json.at("description");
  for (const Json& step : json.at("steps")) made.steps.push_back(StepFromJson(step));
  made.params_schema = json.at("params");
  made.env = json.at("env").get<std::map<std::string, std::string>>();
  made.cwd = json.at("cwd");
  made.git = GitFromJson(json);
  if (json.contains("files")) made.files = json.at("files").get<std::vector<std::string>>();
  made.secrets = json.at("secrets").get<std::vector<std::string>>();
  made.priority = PriorityFromName(json.at("priority").get<std::string>()).value();
  made.retry = RetryFromJson(json.at("retry"));
  made.timeout = Duration(json.at("timeoutMs").get<int64_t>());
  made.kill_grace = Duration(json.at("killGraceMs").get<int64_t>());
  made.idempotent = json.at("idempotent");
  made.dedupe = DedupeFromName(json.at("dedupe").get<std::string>()).value();
  made.permanent_exit_codes = json.at("permanentExitCodes").get<std::vector<int>>();
  if (json.contains("limits")) made.limits = LimitsFromJson(json.at("limits"));
  return made;
}

}  // namespace

Json ToJson(const GitHubRules& rules) {
  return {{"approveLabels", rules.approve_labels},
          {"rejectLabels", rules.reject_labels},
          {"requirePermission", rules.permission_min},
          {"allowLocal", rules.allow_local}};
}

Json ToJson(const GitSource& git) {
  return {{"repo", git.repo}, {"ref", git.ref}};
}

Json ToJson(const ProcessLimits& limits) {
  return {{"memoryMb", limits.memory_mb},
          {"processes", limits.processes},
          {"cpuSeconds", limits.cpu_seconds},
          {"openFiles", limits.open_files}};
}

ProcessLimits LimitsFromJson(const Json& json) {
  return {.memory_mb = json.at("memoryMb"),
          .processes = json.at("processes"),
          .cpu_seconds = json.at("cpuSeconds"),
          .open_files = json.at("openFiles")};
}

Json ToJson(const Entrypoint& entrypoint) {
  Json steps = Json::array();
  for (const Step& step : entrypoint.steps) steps.push_back(StepToJson(step));
  return {{"name", entrypoint.name},
          {"description", entrypoint.description},
          {"steps", std::move(steps)},
          {"params", entrypoint.params_schema},
          {"env", entrypoint.env},
          {"cwd", entrypoint.cwd},
          {"git", entrypoint.git ? ToJson(*entrypoint.git) : Json()},
          {"files", entrypoint.files},
          {"secrets", entrypoint.secrets},
          {"priority", NameOf(entrypoint.priority)},
          {"retry", RetryToJson(entrypoint.retry)},
          {"timeoutMs", entrypoint.timeout.count()},
          {"killGraceMs", entrypoint.kill_grace.count()},
          {"idempotent", entrypoint.idempotent},
          {"dedupe", NameOf(entrypoint.dedupe)},
          {"permanentExitCodes", entrypoint.permanent_exit_codes},
          {"limits", ToJson(entrypoint.limits)}};
}

Result<Entrypoint> EntrypointFromJson(const Json& json) {
  try {
    Entrypoint entrypoint = FromJson(json);
    if (entrypoint.steps.empty()) return Fail(Code::kInternal, "a declaration without steps");
    return entrypoint;
  } catch (const std::exception& error) {
    return Fail(Code::kInternal, std::string("not a declaration: ") + error.what());
  }
}

}  // namespace jobgate
