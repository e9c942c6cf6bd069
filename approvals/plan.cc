#include "approvals/plan.h"

#include <utility>

#include "approvals/commit.h"
#include "approvals/digest.h"
#include "approvals/executed_files.h"
#include "approvals/step_output.h"
#include "src/base/digest.h"
#include "src/config/paths.h"
#include "src/config/placeholders.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

Result<std::map<std::string, std::string>> ValuesOf(const SecretSource& source,
                                                    const std::vector<std::string>& names) {
  std::map<std::string, std::string> values;
  for (const std::string& name : names) {
    auto value = source.Find(name);
    if (!value)
      return Fail(Code::kNotFound, "secret " + name +
                                       " has no value: set it in the daemon's environment or in "
                                       "secretsFile, then retry");
    values[name] = *std::move(value);
  }
  return values;
}

std::vector<std::string> PeopleOf(const Job& job) {
  std::vector<std::string> people;
  if (job.gate)
    for (const Approval& approval : job.gate->approvals)
      if (std::ranges::find(people, approval.by) == people.end()) people.push_back(approval.by);
  return people;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

// Traceparent of W3C trace context: the job's trace, a span id that is this attempt's own.
std::string Traceparent(const Job& job, int number) {
  const std::string span = Sha256Hex(job.id + "/" + std::to_string(number)).substr(0, 16);
  return "00-" + job.trace_id + "-" + span + "-01";
}

Execution ExecutionOf(const Plan& plan, const Entrypoint& declaration) {
  return {plan.argv, declaration.cwd, declaration.files};
}

// From the top of the repository to where the step runs; config/checks.cc sees to it that there is
// a way.
std::string PlaceOf(const Entrypoint& declaration) {
  return PathBelow(declaration.git->repo, declaration.cwd).value_or(".");
}

FileStates StatesFor(const Turn& turn, const Job& job, const Entrypoint& declaration) {
  if (!declaration.git) return StatesBelow(turn.files, declaration.cwd);
  const auto in_commit = job.gate ? StatesInCommit : PresenceInCommit;
  return in_commit(turn.repositories, declaration.git->repo, job.git_commit.value_or(""),
                   PlaceOf(declaration));
}

// `path`, from a folder.
std::string Within(const std::string& folder, const std::string& path) {
  return path == "." ? folder : folder + "/" + path;
}

// Has `request` run from a copy of what was approved, or of the commit.
void Seal(const Turn& turn, const Job& job, const Entrypoint& declaration, const Plan& plan,
          SpawnRequest& request) {
  SealOrder seal;
  seal.folder = turn.config.StoreDir() + "/" + kSealedFolders + "/" + job.id + "." +
                std::to_string(request.id.number);
  std::string place = seal.folder;
  if (declaration.git) {
    seal.source = declaration.git->repo;
    seal.commit = job.git_commit.value_or("");
    place = request.cwd = Within(seal.folder, PlaceOf(declaration));
  } else {
    seal.source = declaration.cwd;
    seal.files = plan.files;
  }
  request.argv = SealedArgv(ExecutionOf(plan, declaration), plan.files, place);
  request.env["JOBGATE_SEALED"] = seal.folder;
  request.seal = std::move(seal);
}

}  // namespace

Result<Plan> PlanStep(const Turn& turn, const Job& job, const Entrypoint& declaration) {
  const Step& step = declaration.steps.at(static_cast<size_t>(job.step));
  const Json params = Json::parse(job.params);
  auto argv = RenderArgv(step.run, params, declaration.params_schema);
  if (!argv) return Fail(std::move(argv).error());
  auto secrets = ValuesOf(turn.secrets, declaration.secrets);
  if (!secrets) return Fail(std::move(secrets).error());

  Plan plan;
  plan.argv = *std::move(argv);
  plan.secret_values = *std::move(secrets);
  if (!job.gate && !declaration.git) return plan;
  auto files = HashExecutedFiles(StatesFor(turn, job, declaration), ExecutionOf(plan, declaration));
  if (!files) return Fail(std::move(files).error());
  plan.files = *std::move(files);
  if (!job.gate) return plan;
  DigestInput input;
  input.job = &job;
  input.declaration = &declaration;
  input.gate = GateOf(job, declaration, turn.config);
  input.argv = plan.argv;
  input.files = plan.files;
  input.git_commit = StandingCommit(turn, job, declaration);
  input.log_bytes_max = turn.config.worker.log_bytes_max;
  for (const auto& [name, value] : plan.secret_values)
    input.secret_hmacs[name] = HmacSha256Hex(turn.hmac_key, value);
  plan.document = DigestDocument(input);
  plan.digest = DigestOf(plan.document);
  return plan;
}

SpawnRequest ToSpawnRequest(const Turn& turn, const Job& job, const Entrypoint& declaration,
                            const Plan& plan, int number) {
  SpawnRequest request;
  request.id = {job.id, number};
  request.argv = plan.argv;
  request.cwd = declaration.cwd;
  request.dir = RunFolder(turn.config, job.id, number);
  request.params = job.params;
  request.timeout = declaration.timeout;
  request.kill_grace = declaration.kill_grace;
  request.log_bytes_max = turn.config.worker.log_bytes_max;
  request.limits = declaration.limits;

  auto& env = request.env;
  env["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  env["HOME"] = turn.user.home;
  env["USER"] = turn.user.name;
  env["LANG"] = "C.UTF-8";
  for (const auto& [name, value] : declaration.env) env[name] = value;
  for (const auto& [name, value] : plan.secret_values) {
    env[name] = value;
    if (!value.empty()) request.redact.push_back(value);
  }
  env["JOBGATE_JOB_ID"] = job.id;
  env["JOBGATE_ATTEMPT"] = std::to_string(number);
  env["JOBGATE_STEP"] = job.step_name;
  env["JOBGATE_ENTRYPOINT"] = job.entrypoint;
  env["JOBGATE_CORRELATION_ID"] = job.correlation_id.value_or(job.id);
  env["TRACEPARENT"] = Traceparent(job, number);
  if (job.replay) env["JOBGATE_REPLAY"] = "1";
  if (job.debug) env["JOBGATE_DEBUG"] = "1";
  if (job.gate && job.gate->used_by_attempt > 0) env["JOBGATE_APPROVED_BY"] = Joined(PeopleOf(job));
  if (declaration.git || !plan.files.empty()) Seal(turn, job, declaration, plan, request);
  return request;
}

}  // namespace jobgate
