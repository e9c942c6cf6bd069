#include "src/supervisor/prepared_attempt.h"

#include <utility>

#include "src/base/program.h"
#include "src/seal/seal_plan.h"

namespace jobgate {
namespace {

std::vector<std::string> EnvironmentOf(const SpawnRequest& request, const RunDir& dir) {
  std::map<std::string, std::string> env = request.env;
  env["JOBGATE_JOB_ID"] = request.id.job_id;
  env["JOBGATE_ATTEMPT"] = std::to_string(request.id.number);
  env["JOBGATE_PARAMS"] = dir.PathOf(kParamsFile);
  env["JOBGATE_RESULT"] = dir.PathOf(kResultFile);
  env["JOBGATE_REQUEST"] = dir.PathOf(kRequestFile);
  env["JOBGATE_PROGRESS"] = dir.PathOf(kProgressFile);
  std::vector<std::string> entries;
  for (const auto& [name, value] : env) entries.push_back(name + "=" + value);
  return entries;
}

Result<std::string> ProgramOf(const SpawnRequest& request) {
  const auto path = request.env.find("PATH");
  return FindProgram(request.argv[0], path == request.env.end() ? "" : path->second, request.cwd);
}

// A program that is sealed first is not there yet; this one looks for it once it has made the copy.
ChildSpec SealingChild(const SpawnRequest& request, const RunDir& dir) {
  ChildSpec spec;
  spec.program = "/proc/self/exe";
  spec.argv = SealCommand(dir.PathOf(kSealPlanFile), request.argv);
  spec.cwd = dir.path();
  return spec;
}

Result<ChildSpec> ChildOf(const SpawnRequest& request) {
  auto program = ProgramOf(request);
  if (!program) return Fail(std::move(program).error());
  ChildSpec spec;
  spec.program = *std::move(program);
  spec.argv = request.argv;
  spec.cwd = request.cwd;
  return spec;
}

}  // namespace

Result<PreparedAttempt> PreparedAttempt::Make(SpawnRequest request, SpareRunDirs& spares,
                                              const ChildStarter& starter, ProcessTrees& trees) {
  auto spec = request.seal ? Result<ChildSpec>(ChildSpec{}) : ChildOf(request);
  if (!spec) return Fail(std::move(spec).error());
  auto dir = spares.Prepare(request.dir, request.params);
  if (!dir) return Fail(std::move(dir).error());
  if (request.seal) {
    spec = SealingChild(request, *dir);
    if (auto written = dir->WriteSealPlan(ToText(SealPlan{*request.seal, request.cwd})); !written) {
      dir->Discard();
      return Fail(std::move(written).error());
    }
  }
  auto out =
      LogPipe::Create(LogWriter(dir->fd(), kStdoutFile, request.log_bytes_max, request.redact));
  auto err =
      LogPipe::Create(LogWriter(dir->fd(), kStderrFile, request.log_bytes_max, request.redact));
  if (!out || !err) {
    dir->Discard();
    return Fail(out ? std::move(err).error() : std::move(out).error());
  }
  spec->env = EnvironmentOf(request, *dir);
  spec->stdout_fd = out->write_fd();
  spec->stderr_fd = err->write_fd();
  spec->limits = request.limits;
  auto child = starter.Start(*std::move(spec));
  if (!child) {
    dir->Discard();
    return Fail(std::move(child).error());
  }
  return PreparedAttempt(std::move(request), *std::move(dir), *std::move(out), *std::move(err),
                         *std::move(child), trees);
}

PreparedAttempt::PreparedAttempt(SpawnRequest request, RunDir dir, LogPipe out, LogPipe err,
                                 ChildProcess child, ProcessTrees& trees)
    : request_(std::move(request)),
      dir_(std::move(dir)),
      out_(std::move(out)),
      err_(std::move(err)),
      child_(std::move(child)),
      trees_(trees) {
  trees_.AddWaiting(child_->pid());
}

PreparedAttempt::~PreparedAttempt() {
  if (began_ || dir_.fd() < 0) return;
  trees_.RemoveWaiting(child_->pid());
  child_.reset();
  dir_.Discard();
}

Result<void> PreparedAttempt::Start() {
  JOBGATE_TRY(dir_.Begin());
  began_ = true;
  child_->Release();
  return {};
}

}  // namespace jobgate
