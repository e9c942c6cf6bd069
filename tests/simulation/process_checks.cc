#include <algorithm>

#include "tests/simulation/checks.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

using Environment = std::map<std::string, std::string>;

std::string Joined(const std::vector<Actor>& actors) {
  std::string text;
  for (const Actor& actor : actors) text += (text.empty() ? "" : ",") + actor;
  return text;
}

// What its environment must be, but for the daemon's own variables and the trace.
Environment Expected(const ModelJob& job, const StartSeen& start, const Settings& declared,
                     const Settings& around, const SpawnRequest& request) {
  const JobType& type = declared.types.at(job.seen.entrypoint);
  Environment env = type.env;
  for (const std::string& secret : type.secrets) env[secret] = around.secret;
  env["JOBGATE_JOB_ID"] = job.seen.id;
  env["JOBGATE_ATTEMPT"] = std::to_string(request.id.number);
  env["JOBGATE_STEP"] = request.env.count("JOBGATE_STEP") ? request.env.at("JOBGATE_STEP") : "";
  env["JOBGATE_ENTRYPOINT"] = job.seen.entrypoint;
  env["JOBGATE_CORRELATION_ID"] = job.seen.correlation_id.value_or(job.seen.id);
  if (job.seen.replay) env["JOBGATE_REPLAY"] = "1";
  if (job.seen.debug) env["JOBGATE_DEBUG"] = "1";
  if (start.check) env["JOBGATE_PLAN_CHECK"] = "1";
  if (start.gated) env["JOBGATE_APPROVED_BY"] = Joined(start.approvers);
  if (request.seal) env["JOBGATE_SEALED"] = request.seal->folder;
  return env;
}

Environment Comparable(Environment env) {
  for (const char* own : {"PATH", "HOME", "USER", "LANG", "TRACEPARENT"}) env.erase(own);
  return env;
}

// Where it runs, and what it is a copy of.
bool RunsInPlace(const ModelJob& job, const JobType& type, const SpawnRequest& request) {
  if (type.git_ref.empty()) return request.cwd == type.cwd && !request.seal;
  const std::string folder = std::string(kStoreDir) + "/" + kSealedFolders + "/" +
                             request.id.job_id + "." + std::to_string(request.id.number);
  return request.seal == SealOrder{folder, kRepository, job.seen.git_commit.value_or(""), {}} &&
         request.cwd == folder + "/" + kPlaceInIt;
}

bool Runs(const ModelJob& job, const StartSeen& start, const Settings& declared,
          const Settings& around, const SpawnRequest& request) {
  const JobType* type = declared.Find(job.seen.entrypoint);
  const StepRule* step = declared.FindStep(job.seen.entrypoint, start.step);
  return step && Render(step->run, Json::parse(job.seen.params)) == request.argv &&
         RunsInPlace(job, *type, request) && type->limits == request.limits &&
         request.params == job.seen.params &&
         Comparable(request.env) == Expected(job, start, declared, around, request);
}

}  // namespace

size_t CheckProcesses(const Model& model, const Ledger& ledger, size_t from) {
  const auto& processes = ledger.starts();
  for (size_t i = from; i < processes.size(); ++i) {
    const SpawnRequest& request = processes[i].request;
    const std::string name = request.id.job_id + " attempt " + std::to_string(request.id.number);
    const auto job = model.jobs.find(request.id.job_id);
    Require(job != model.jobs.end() && job->second.starts.contains(request.id.number), "I3",
            [&] { return name + " ran without a durable start"; });
    const StartSeen& start = job->second.starts.at(request.id.number);
    Require(!start.dry, "I3", [&] { return name + " ran though its worker was dry"; });
    bool as_started = Runs(job->second, start, *start.declared, *start.around, request);
    // Sent again after a restart, ungated work runs by the declaration of that day.
    for (const SettingsPtr& settings : model.settings)
      if (!start.gated && settings->serial > start.around->serial)
        as_started = as_started ||
                     Runs(job->second, start, job->second.pinned ? *job->second.pinned : *settings,
                          *settings, request);
    Require(as_started, "I5", [&] {
      return name + " ran " + Json(request.argv).dump() + " in " + request.cwd + " with " +
             Json(Comparable(request.env)).dump() + ", not what was " +
             (start.gated ? "approved" : "declared");
    });
  }
  return processes.size();
}

}  // namespace jobgate::sim
