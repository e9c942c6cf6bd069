#include "tests/simulation/approved_document.h"

#include "src/base/digest.h"

namespace jobgate::sim {
namespace {

Json GateJson(const GateRule& gate, const std::optional<GitHubRule>& github) {
  Json json{{"provider", github ? "github" : "local"},
            {"minApprovals", gate.approvals_min},
            {"approvers", gate.approvers},
            {"allowSelfApproval", gate.self_approval},
            {"ttlMs", gate.ttl.count()}};
  if (github)
    json["github"] = {{"approveLabels", github->approve_labels},
                      {"rejectLabels", github->reject_labels},
                      {"requirePermission", github->permission},
                      {"allowLocal", github->allow_local}};
  if (gate.plan_check) json["planCheck"] = true;
  return json;
}

}  // namespace

std::optional<Json> Document(const DocumentOf& of) {
  const JobType* type = of.declared.Find(of.job.entrypoint);
  const StepRule* step = of.declared.FindStep(of.job.entrypoint, of.step);
  if (!step) return std::nullopt;
  const Json params = Json::parse(of.job.params);
  const auto argv = Render(step->run, params);
  if (!argv) return std::nullopt;
  Json secrets = Json::object();
  for (const std::string& name : type->secrets)
    secrets[name] = HmacSha256Hex(of.hmac_key, of.around.secret);
  Json document{
      {"jobId", of.job.id},
      {"nonce", of.nonce},
      {"entrypoint", of.job.entrypoint},
      {"step", {{"index", of.step}, {"name", of.step_name}}},
      {"argv", *argv},
      {"cwd", type->cwd},
      {"env", type->env},
      {"secrets", secrets},
      {"limits",
       {{"timeoutMs", type->timeout.count()},
        {"killGraceMs", of.declared.kill_grace.count()},
        {"maxLogBytes", of.around.log_bytes_max}}},
      {"retry",
       {{"maxAttempts", of.job.attempts_max},
        {"delayMs", type->retry_delay.count()},
        {"maxDelayMs", of.declared.retry_delay_max.count()},
        {"backoff", of.declared.backoff},
        {"jitter", 0.2},
        {"permanentExitCodes", type->permanent_exit_codes},
        {"idempotent", type->idempotent}}},
      {"gate", step->gate ? GateJson(*step->gate, of.declared.github)
                          : GateJson(of.around.asked_gate, of.around.github)},
      {"gitCommit", type->git_ref.empty() ? Json() : Json(of.job.git_commit.value_or(""))},
      {"files", Json::object()},
      {"previousOutput", of.job.result ? Json(Sha256Hex(*of.job.result)) : Json()},
      {"params", params}};
  if (const ProcessLimits& limits = type->limits; limits != ProcessLimits{})
    document["limits"].update({{"memoryMb", limits.memory_mb},
                               {"processes", limits.processes},
                               {"cpuSeconds", limits.cpu_seconds},
                               {"openFiles", limits.open_files}});
  if (!type->git_ref.empty()) document["git"] = {{"repo", kRepository}, {"ref", type->git_ref}};
  if (!of.previous_stdout.empty()) document["previousStdout"] = of.previous_stdout;
  if (of.job.replay) document["replay"] = {{"debug", of.job.debug}};
  return document;
}

std::string DigestOfDocument(const Json& document) {
  return Sha256Hex(document.dump());
}

}  // namespace jobgate::sim
