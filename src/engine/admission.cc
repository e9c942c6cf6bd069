#include "src/engine/admission.h"

#include <algorithm>
#include <utility>

#include "approvals/commit.h"
#include "approvals/desk.h"
#include "approvals/plan.h"
#include "src/config/placeholders.h"
#include "src/engine/checked_params.h"
#include "src/engine/room.h"
#include "src/job/file_state.h"
#include "src/turn/discipline.h"
#include "src/turn/issue_use.h"
#include "src/turn/lifecycle.h"

namespace jobgate {
namespace {

// A request whose params passed every check. Refers to the request.
struct Checked {
  const SubmitJob& request;
  const Config::Declared& declared;
  std::shared_ptr<const CheckedParams> params;

  const Entrypoint& declaration() const { return declared.entrypoint; }
  bool dedupes() const { return declaration().dedupe == Dedupe::kActive; }
};

Result<Checked> Check(const Turn& turn, const SubmitJob& request) {
  auto declared = FindDeclared(turn.config, request.entrypoint);
  if (!declared) return Fail(std::move(declared).error());
  if (request.checked && request.checked->config.get() == &turn.config)
    return Checked{request, **declared, request.checked};
  auto params = CheckParams(turn.config, request);
  if (!params) return Fail(std::move(params).error());
  return Checked{request, **declared, std::make_shared<const CheckedParams>(*std::move(params))};
}

// The job that the key stands for. One whose time is over is free, though the sweep has not met it.
Result<std::optional<Job>> ByKey(Turn& turn, const std::string& key, const std::string& hash) {
  auto record = turn.store.FindIdempotencyKey(key);
  if (!record) return Fail(std::move(record).error());
  if (!*record) return std::optional<Job>();
  auto job = turn.store.FindJob((*record)->job_id);
  if (!job) return job;
  if (*job && (*job)->finished_at && *(*job)->finished_at < turn.now - kKeyLife) {
    JOBGATE_TRY(turn.store.DropIdempotencyKey(key));
    return std::optional<Job>();
  }
  if ((*record)->request_hash != hash) {
    Error error{Code::kConflict, "the idempotency key '" + key + "' belongs to " +
                                     (*record)->job_id + ", which was asked for with other params"};
    error.job_id = (*record)->job_id;
    return Fail(std::move(error));
  }
  return job;
}

Job NewJob(Turn& turn, const Checked& checked, const Actor& actor) {
  const SubmitJob& request = checked.request;
  const Entrypoint& declaration = checked.declaration();
  Job job;
  job.id = "job_" + turn.ids.Next(turn.now);
  job.entrypoint = request.entrypoint;
  job.params = checked.params->text;
  job.requester = actor;
  job.created_at = job.updated_at = job.ready_at = turn.now;
  job.correlation_id = request.correlation_id;
  job.idempotency_key = request.idempotency_key;
  job.plan_hash = request.plan_hash;
  job.ref_id = request.ref_id;
  job.issue_id = request.issue_id;
  if (checked.dedupes()) job.dedupe_key = checked.params->hash;
  job.trace_id = RandomHex(turn.random, 2);
  job.config_revision = turn.config.revision;
  job.attempts_max = request.attempts_max.value_or(declaration.retry.attempts_max);
  job.approval_ttl = request.ttl.value_or(Duration::zero());
  job.priority = request.priority.value_or(declaration.priority);
  job.step_name = declaration.steps.front().name;
  if (request.delay && request.delay->count() > 0) {
    job.run_after = turn.now + *request.delay;
    job.ready_at = *job.run_after;
  }
  return job;
}

// Where a job comes from that is no submission of its own.
struct Origin {
  JobId parent;
  std::string note;
  std::string hold;  // why it has to wait for an approval, gated or not; "" = it has not
  bool from_dlq = false;
  bool replay = false;
  bool debug = false;
};

// Nobody is asked to approve what cannot run.
Result<void> MustBeSealable(const Job& job) {
  for (const auto& [path, state] : job.gate->files) {
    const std::string what = "'" + job.entrypoint + "' executes " + path;
    if (state == kFileIsLink)
      return FailField("/entrypoint", what +
                                          ", which is reached over a symbolic link below cwd: name "
                                          "the file that it leads to, or a cwd beyond it");
    if (state == kFileMissing)
      return FailField("/entrypoint", what + ", which is not there" +
                                          (job.git_commit ? " in the commit " + *job.git_commit
                                                          : std::string(": check cwd and files")));
  }
  return {};
}

// Pins the commit of a job that runs from one, and the declaration of a job with a gate; opens the
// request if the first step has it, or where the job is `held` for a reason of its own.
Result<void> Pin(const Turn& turn, Job& job, const Entrypoint& declaration,
                 const std::string& held) {
  JOBGATE_TRY(PinCommit(turn, job, declaration));
  if (!declaration.HasGate() && held.empty()) return {};
  job.spec = Canonical(ToJson(declaration));
  if (!declaration.steps.front().gate && held.empty()) return {};
  job.state = JobState::kWaitingApproval;
  JOBGATE_TRY(OpenRequest(turn, job, declaration,
                          held.empty() ? "step '" + job.step_name + "' is gated" : held, false,
                          std::nullopt));
  return MustBeSealable(job);
}

Json SubmittedPayload(const Job& job, const Json& params, const std::string& note) {
  Json payload;  // not from a list in braces, which copies the params again and again
  payload["entrypoint"] = job.entrypoint;
  payload["priority"] = NameOf(job.priority);
  payload["state"] = NameOf(job.state);
  payload["params"] = params;
  if (job.parent_id) payload["parentId"] = *job.parent_id;
  if (!note.empty()) payload["note"] = note;
  if (job.replay) payload["replay"] = true;
  if (job.debug) payload["debug"] = true;
  if (job.correlation_id) payload["correlationId"] = *job.correlation_id;
  if (job.git_commit) payload["gitCommit"] = *job.git_commit;
  if (job.gate) payload["digest"] = job.gate->digest;
  return payload;
}

Result<void> CheckIssueIsFree(const Turn& turn, std::optional<int64_t> issue) {
  if (!issue) return {};
  auto user = UserOfIssue(turn.store, *issue);
  if (!user) return Fail(std::move(user).error());
  if (!*user) return {};
  const JobId& other = **user;
  Error error{Code::kConflict, "issue #" + std::to_string(*issue) + " belongs to " + other +
                                   " until that has ended; name another issue, or none"};
  error.job_id = other;
  error.fields.push_back({"/issueId", "is used by " + other});
  return Fail(std::move(error));
}

// A submission, or what an ended job becomes when it is run again.
Result<Job> Admit(Turn& turn, const Checked& checked, const Actor& actor, const Origin& origin) {
  const bool again = !origin.parent.empty();
  Job job = NewJob(turn, checked, actor);
  if (again) job.parent_id = origin.parent;
  job.replay = origin.replay;
  job.debug = origin.debug;
  job.from_dlq = origin.from_dlq;
  if (job.replay) job.dedupe_key.reset();
  const bool waits = checked.declaration().steps.front().gate || !origin.hold.empty();
  if (!again) JOBGATE_TRY(CheckIntake(turn));
  JOBGATE_TRY(CheckIssueIsFree(turn, job.issue_id));
  JOBGATE_TRY(CheckRoom(turn, checked.declared, waits));
  if (!again && !waits) JOBGATE_TRY(CheckPressure(turn, job.priority));
  JOBGATE_TRY(Pin(turn, job, checked.declaration(), origin.hold));
  JOBGATE_TRY(
      Create(turn, job,
             {"job:submitted", actor, SubmittedPayload(job, checked.params->params, origin.note)}));
  if (job.state == JobState::kWaitingApproval)
    JOBGATE_TRY(turn.Record("job:waiting_approval", job.id, std::nullopt, RequestPayload(job)));
  if (!again) turn.discipline.intake.Take(turn.now);
  return job;
}

Json GateJson(const std::optional<GatePolicy>& gate, const SubmitJob& request) {
  if (!gate) return Json();
  return {{"minApprovals", gate->approvals_min},
          {"approvers", gate->approvers},
          {"allowSelfApproval", gate->self_approval},
          {"ttlMs", request.ttl.value_or(gate->ttl).count()},
          {"planCheck", gate->plan_check}};
}

Error AlreadyRetried(const Job& old) {
  Error error{Code::kConflict, old.id + " was retried already, as " + *old.retried_as};
  error.job_id = *old.retried_as;
  return error;
}

// What was asked for then, with other `params` where they are given.
SubmitJob Again(const Job& old, const std::optional<Json>& params) {
  SubmitJob request;
  request.entrypoint = old.entrypoint;
  request.params = params.value_or(Json::parse(old.params));
  request.priority = old.priority;
  if (!params) request.plan_hash = old.plan_hash;  // a plan is one for certain params
  request.correlation_id = old.correlation_id;
  request.ref_id = old.ref_id;
  request.attempts_max = old.attempts_max;
  if (old.approval_ttl > Duration::zero()) request.ttl = old.approval_ttl;
  return request;
}

// Checked, and not active already; of `request`, which has to outlive it.
Result<Checked> CheckAgain(Turn& turn, const SubmitJob& request) {
  auto checked = Check(turn, request);
  if (!checked || !checked->dedupes()) return checked;
  auto active = turn.store.FindActiveDuplicate(checked->params->hash);
  if (!active) return Fail(std::move(active).error());
  if (!*active) return checked;
  Error error{Code::kConflict, "the same work is active already as " + (*active)->id};
  error.job_id = (*active)->id;
  return Fail(std::move(error));
}

bool HasEnded(const Job& job) {
  return IsFinal(job.state) || job.state == JobState::kDeadLettered;
}

Error NotRetryable(const Job& old, bool must_be_dead_lettered) {
  Error error{Code::kConflict, old.id + " is " + std::string(NameOf(old.state)) +
                                   (must_be_dead_lettered ? " and not in the dead-letter queue"
                                                          : ": only an ended job can be retried")};
  error.job_id = old.id;
  return error;
}

// Where another run of `old` comes from. What runs a dead-lettered job again has to wait for a
// person, where that is asked for; clearing the entry is no way around it, and neither is a run in
// between, however that ended.
Origin OriginFrom(const Turn& turn, const Job& old, const std::string& note) {
  Origin origin;
  origin.parent = old.id;
  origin.note = note;
  origin.from_dlq = old.from_dlq || old.dlq_reason;
  if (origin.from_dlq && turn.config.dlq.retry_requires_approval)
    origin.hold = "it is run again from the dead-letter queue" + (note.empty() ? "" : ": " + note);
  return origin;
}

Result<void> MarkRetried(Turn& turn, const Job& old, const Job& fresh, const std::string& note,
                         const Actor& actor) {
  Job next = old;
  next.retried_as = fresh.id;
  Told told{old.state == JobState::kDeadLettered ? "job:retried_from_dlq" : "job:replayed",
            actor,
            {{"retriedAs", fresh.id}}};
  if (!note.empty()) told.payload["note"] = note;
  if (fresh.params != old.params) told.payload["paramsChanged"] = true;
  auto marked = old.state == JobState::kDeadLettered
                    ? Move(turn, old, std::move(next), Happening::kLeftDlq, told)
                    : Amend(turn, old, std::move(next), told);
  if (!marked) return Fail(std::move(marked).error());
  return {};
}

}  // namespace

Result<JobReply> Submit(Turn& turn, const SubmitJob& request, const Actor& actor) {
  auto checked = Check(turn, request);
  if (!checked) return Fail(std::move(checked).error());
  const std::optional<std::string>& key = request.idempotency_key;
  const std::string& hash = checked->params->hash;

  if (key) {
    auto known = ByKey(turn, *key, hash);
    if (!known) return Fail(std::move(known).error());
    if (*known) return JobReply{**std::move(known), false};
  }
  if (checked->dedupes()) {
    auto active = turn.store.FindActiveDuplicate(hash);
    if (!active) return Fail(std::move(active).error());
    if (*active) {
      if (key) JOBGATE_TRY(turn.store.PutIdempotencyKey({*key, (*active)->id, hash}));
      return JobReply{**std::move(active), false};
    }
  }
  auto job = Admit(turn, *checked, actor, {});
  if (!job) return Fail(std::move(job).error());
  if (key) JOBGATE_TRY(turn.store.PutIdempotencyKey({*key, job->id, hash}));
  return JobReply{*std::move(job), true};
}

Result<Json> Preview(const Turn& turn, const SubmitJob& request) {
  auto checked = Check(turn, request);
  if (!checked) return Fail(std::move(checked).error());
  const Entrypoint& declaration = checked->declaration();
  Json steps = Json::array();
  for (const Step& step : declaration.steps) {
    auto argv = RenderArgv(step.run, checked->params->params, declaration.params_schema);
    if (!argv) return Fail(std::move(argv).error());
    steps.push_back({{"name", step.name},
                     {"argv", *argv},
                     {"cwd", declaration.cwd},
                     {"gated", step.gate.has_value()},
                     {"gate", GateJson(step.gate, request)},
                     {"limits", ToJson(declaration.limits)}});
  }
  Job job;
  JOBGATE_TRY(PinCommit(turn, job, declaration));
  const bool waits = declaration.steps.front().gate.has_value();
  return Json{{"dryRun", true},
              {"entrypoint", request.entrypoint},
              {"gitCommit", job.git_commit ? Json(*job.git_commit) : Json()},
              {"priority", NameOf(request.priority.value_or(declaration.priority))},
              {"wouldBe", NameOf(waits ? JobState::kWaitingApproval : JobState::kQueued)},
              {"steps", std::move(steps)}};
}

Result<JobReply> Retry(Turn& turn, const Job& old, const RetryJob& command, const Actor& actor) {
  if (old.retried_as) return Fail(AlreadyRetried(old));
  if (!HasEnded(old) || (command.must_be_dead_lettered && old.state != JobState::kDeadLettered))
    return Fail(NotRetryable(old, command.must_be_dead_lettered));

  SubmitJob request = Again(old, command.params);
  if (command.priority) request.priority = command.priority;
  auto checked = CheckAgain(turn, request);
  if (!checked) return Fail(std::move(checked).error());
  const Origin origin = OriginFrom(turn, old, command.note);
  auto job = Admit(turn, *checked, actor, origin);
  if (!job) return Fail(std::move(job).error());
  JOBGATE_TRY(MarkRetried(turn, old, *job, command.note, actor));
  if (!origin.hold.empty()) ++turn.effects.escalations;
  return JobReply{*std::move(job), true};
}

Result<JobReply> Replay(Turn& turn, const Job& old, const ReplayJob& command, const Actor& actor) {
  if (!HasEnded(old)) return Fail(NotRetryable(old, false));
  const SubmitJob request = Again(old, command.params);
  auto checked = CheckAgain(turn, request);
  if (!checked) return Fail(std::move(checked).error());
  Origin origin = OriginFrom(turn, old, "");
  origin.replay = true;
  origin.debug = command.debug;
  auto job = Admit(turn, *checked, actor, origin);
  if (!job) return Fail(std::move(job).error());
  if (!origin.hold.empty()) ++turn.effects.escalations;
  JOBGATE_TRY(turn.Record("job:replayed", old.id, actor,
                          {{"replayedAs", job->id}, {"debug", command.debug}}));
  return JobReply{*std::move(job), true};
}

}  // namespace jobgate
