#include "src/engine/job_commands.h"

#include <utility>
#include <variant>

#include "approvals/desk.h"
#include "src/engine/admission.h"
#include "src/engine/dead_letters.h"
#include "src/engine/history.h"
#include "src/engine/operations.h"

namespace jobgate {
namespace {

Result<Job> FindByPrefix(Store& store, const std::string& prefix) {
  auto id = store.ResolveId(prefix);
  if (!id) return Fail(std::move(id).error());
  auto job = store.FindJob(*id);
  if (!job) return Fail(std::move(job).error());
  if (!*job) return Fail(Code::kNotFound, "no job " + *id);
  return **std::move(job);
}

// A command on one job, found by its id or prefix.
template <typename Apply>
Result<Reply> OnJob(Turn& turn, const std::string& id, Apply apply) {
  auto job = FindByPrefix(turn.store, id);
  if (!job) return Fail(std::move(job).error());
  Result<Job> changed = apply(*job);
  if (!changed) return Fail(std::move(changed).error());
  return Reply(JobReply{*std::move(changed), false});
}

Result<Reply> AsReply(Result<JobReply> reply) {
  if (!reply) return Fail(std::move(reply).error());
  return Reply(*std::move(reply));
}

}  // namespace

Result<SubmitReply> SubmitOne(Turn& turn, const SubmitJob& command, const Actor& actor) {
  if (command.dry_run) {
    auto preview = Preview(turn, command);
    if (!preview) return Fail(std::move(preview).error());
    return SubmitReply(PreviewReply{*std::move(preview)});
  }
  auto job = Submit(turn, command, actor);
  if (!job) return Fail(std::move(job).error());
  return SubmitReply(*std::move(job));
}

Result<Reply> Apply(Turn& turn, const SubmitJob& command, const Actor& actor) {
  auto reply = SubmitOne(turn, command, actor);
  if (!reply) return Fail(std::move(reply).error());
  return std::visit([](auto one) { return Reply(std::move(one)); }, *std::move(reply));
}

Result<Reply> Apply(Turn& turn, const CancelJob& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return Cancel(turn, job, command.reason, actor); });
}

Result<Reply> Apply(Turn& turn, const FailJob& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return ForceFail(turn, job, command.reason, actor); });
}

Result<Reply> Apply(Turn& turn, const SetPriority& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return ChangePriority(turn, job, command.priority, actor); });
}

Result<Reply> Apply(Turn& turn, const DropDeadLetter& command, const Actor& actor) {
  return OnJob(turn, command.id, [&](const Job& job) { return Drop(turn, job, command, actor); });
}

Result<Reply> Apply(Turn& turn, const ApproveJob& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return Approve(turn, job, command, actor); });
}

Result<Reply> Apply(Turn& turn, const RejectJob& command, const Actor& actor) {
  return OnJob(turn, command.id, [&](const Job& job) { return Reject(turn, job, command, actor); });
}

Result<Reply> Apply(Turn& turn, const ExtendApproval& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return Extend(turn, job, command.ttl, actor); });
}

Result<Reply> Apply(Turn& turn, const ResolveJob& command, const Actor& actor) {
  return OnJob(turn, command.id,
               [&](const Job& job) { return Resolve(turn, job, command, actor); });
}

Result<Reply> Apply(Turn& turn, const RetryJob& command, const Actor& actor) {
  auto job = FindByPrefix(turn.store, command.id);
  if (!job) return Fail(std::move(job).error());
  return AsReply(Retry(turn, *job, command, actor));
}

Result<Reply> Apply(Turn& turn, const ReplayJob& command, const Actor& actor) {
  auto job = FindByPrefix(turn.store, command.id);
  if (!job) return Fail(std::move(job).error());
  return AsReply(Replay(turn, *job, command, actor));
}

Result<Reply> Apply(Turn& turn, const ForgetJob& command, const Actor&) {
  auto forgotten = Forget(turn, command);
  if (!forgotten) return Fail(std::move(forgotten).error());
  return Reply(*forgotten);
}

}  // namespace jobgate
