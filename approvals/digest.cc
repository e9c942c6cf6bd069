#include "approvals/digest.h"

#include <algorithm>

#include "src/base/digest.h"
#include "src/job/file_state.h"

namespace jobgate {
namespace {

constexpr size_t kSha256Digits = 64;
constexpr size_t kDigitsShown = 12;

Json PolicyJson(const GatePolicy& policy) {
  Json json = {{"provider", policy.provider},
               {"minApprovals", policy.approvals_min},
               {"approvers", policy.approvers},
               {"allowSelfApproval", policy.self_approval},
               {"ttlMs", policy.ttl.count()}};
  if (policy.github) json["github"] = ToJson(*policy.github);
  if (policy.plan_check) json["planCheck"] = true;
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

// Of a state of approvals/executed_files.h: the first digits of a hash tell it from another.
std::string ShownFile(const Json& files, const std::string& path) {
  if (!files.contains(path)) return "nothing";
  std::string state = files.at(path).get<std::string>();
  if (state == kFileMissing) return "missing";
  if (state.size() >= kSha256Digits) state.replace(kDigitsShown, kSha256Digits - kDigitsShown, "…");
  return state;
}

using ShowFn = std::string (*)(const Json&, const std::string&);

// One for each key that `show` tells apart.
void AddDifferences(const std::string& before_each, const Json& approved, const Json& now,
                    ShowFn show, std::vector<Difference>& differences) {
  Json keys = approved;
  keys.update(now);
  for (const auto& [key, unused] : keys.items()) {
    if (approved.contains(key) && now.contains(key) && approved.at(key) == now.at(key)) continue;
    differences.push_back({before_each + key, show(approved, key), show(now, key)});
  }
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
      {"gitCommit", input.git_commit ? Json(*input.git_commit) : Json()},
      {"files", input.files},
      {"previousOutput", job.result ? Json(Sha256Hex(*job.result)) : Json()},
      {"params", Json::parse(job.params)},
  };
  // Told where there are any, so that approvals from before there were such limits hold.
  if (declaration.limits != ProcessLimits{}) document["limits"].update(ToJson(declaration.limits));
  // Known, since there is such a hash.
  if (job.gate && job.gate->output) document["previousStdout"] = job.gate->output->stdout_sha256;
  if (declaration.git) document["git"] = ToJson(*declaration.git);
  // It runs with another environment.
  if (job.replay) document["replay"] = {{"debug", job.debug}};
  return document;
}

std::string DigestOf(const Json& document) {
  return Sha256Hex(Canonical(document));
}

std::vector<Difference> Differences(const Json& approved, const Json& now) {
  std::vector<Difference> differences;
  Json before = approved, after = now;
  for (Json* document : {&before, &after}) document->erase("files");
  AddDifferences("", before, after, Shown, differences);
  AddDifferences("files: ", approved.at("files"), now.at("files"), ShownFile, differences);
  return differences;
}

}  // namespace jobgate
