#include "src/supervisor/prepared_attempt.h"

#include <utility>

#include "src/supervisor/program.h"

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

}  // namespace

Result<PreparedAttempt> PreparedAttempt::Make(SpawnRequest request, SpareRunDirs& spares) {
  auto program = ProgramOf(request);
  if (!program) return Fail(std::move(program).error());
  auto dir = spares.Prepare(request.dir, request.params);
  if (!dir) return Fail(std::move(dir).error());
  auto out =
      LogPipe::Create(LogWriter(dir->fd(), kStdoutFile, request.log_bytes_max, request.redact));
  auto err =
      LogPipe::Create(LogWriter(dir->fd(), kStderrFile, request.log_bytes_max, request.redact));
  if (!out || !err) {
    dir->Discard();
    return Fail(out ? std::move(err).error() : std::move(out).error());
  }
  ReadyChild child({*std::move(program), request.argv, EnvironmentOf(request, *dir), request.cwd,
                    out->write_fd(), err->write_fd(), request.limits});
  return PreparedAttempt(std::move(request), *std::move(dir), *std::move(out), *std::move(err),
                         std::move(child));
}

PreparedAttempt::PreparedAttempt(SpawnRequest request, RunDir dir, LogPipe out, LogPipe err,
                                 ReadyChild child)
    : request_(std::move(request)),
      dir_(std::move(dir)),
      out_(std::move(out)),
      err_(std::move(err)),
      child_(std::move(child)) {}

PreparedAttempt::~PreparedAttempt() {
  if (!began_ && dir_.fd() >= 0) dir_.Discard();
}

Result<ChildProcess> PreparedAttempt::Start(const ChildStarter& starter) {
  JOBGATE_TRY(dir_.Begin());
  began_ = true;
  return starter.Start(child_);
}

}  // namespace jobgate
