#include "approvals/digest.h"

#include "src/base/digest.h"

namespace jobgate {
namespace {

Json PolicyJson(const GatePolicy& policy) {
  Json json = {{"provider", policy.provider},
               {"minApprovals", policy.approvals_min},
               {"approvers", policy.approvers},
               {"allowSelfApproval", policy.self_approval},
               {"ttlMs", policy.ttl.count()}};
  if (policy.github) json["github"] = ToJson(*policy.github);
  return json;
}

Json RetryJson(const Job& job, const Entrypoint& declaration) {
  Json retry = ToJson(declaration).at("retry");
  retry["maxAttempts"] = job.attempts_max;
  retry["permanentExitCodes"] = declaration.permanent_exit_codes;
  retry["idempotent"] = declaration.idempotent;
  return retry;
}

std::string Shown(const Json& document, const std::string& key) {
  return document.contains(key) ? Canonical(document.at(key)) : "nothing";
}

}  // namespace

Json DigestDocument(const DigestInput& input) {
  const Job& job = *input.job;
  const Entrypoint& declaration = *input.declaration;
  Json document = {
      {"jobId", job.id},
      {"nonce", job.gate ? job.gate->nonce : ""},
      {"entrypoint", job.entrypoint},
      {"step", {{"index", job.step}, {"name", job.step_name}}},
      {"argv", input.argv},
      {"cwd", declaration.cwd},
      {"env", declaration.env},
      {"secrets", input.secret_hmacs},
      {"limits",
       {{"timeoutMs", declaration.timeout.count()},
        {"killGraceMs", declaration.kill_grace.count()},
        {"maxLogBytes", input.log_bytes_max}}},
      {"retry", RetryJson(job, declaration)},
      {"gate", input.gate ? PolicyJson(*input.gate) : Json()},
      {"gitCommit", job.git_commit ? Json(*job.git_commit) : Json()},
      {"files", input.files},
      {"previousOutput", job.result ? Json(Sha256Hex(*job.result)) : Json()},
      {"params", Json::parse(job.params)},
  };
  // Told where there are any, so that approvals from before there were such limits hold.
  if (declaration.limits != ProcessLimits{}) document["limits"].update(ToJson(declaration.limits));
  // It runs with another environment.
  if (job.replay) document["replay"] = {{"debug", job.debug}};
  return document;
}

std::string DigestOf(const Json& document) {
  return Sha256Hex(Canonical(document));
}

std::vector<std::string> Differences(const Json& approved, const Json& now) {
  std::vector<std::string> lines;
  Json keys = approved;
  keys.update(now);
  for (const auto& [key, unused] : keys.items()) {
    const std::string before = Shown(approved, key), after = Shown(now, key);
    if (before != after) lines.push_back(key + ": " + before + " → " + after);
  }
  return lines;
}

}  // namespace jobgate
