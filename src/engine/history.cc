#include "src/engine/history.h"

#include <utility>

namespace jobgate {
namespace {

constexpr int kPayloads = 200;  // of one job, a turn

Error Kept(const Job& job, const std::string& why) {
  return {Code::kConflict, job.id + " " + why, {}, std::nullopt, job.id};
}

bool MayGo(const Turn& turn, const Job& job) {
  StateTotals counts = turn.counts;
  const int64_t size = counts.Of(JobState::kSucceeded) + counts.Of(JobState::kFailed) +
                       counts.Of(JobState::kCanceled);
  return size > turn.config.history.jobs_max ||
         turn.now >= *job.finished_at + turn.config.history.retention;
}

}  // namespace

Result<ForgetReply> Forget(Turn& turn, const ForgetJob& command) {
  auto job = turn.store.FindJob(command.id);
  if (!job) return Fail(std::move(job).error());
  if (!*job) return Fail(Code::kNotFound, "there is no job " + command.id);
  if (!IsFinal((*job)->state))
    return Fail(Kept(**job, "is " + std::string(NameOf((*job)->state)) + " and no history"));
  if (!MayGo(turn, **job)) return Fail(Kept(**job, "is kept by history.retentionDays"));
  auto more = turn.store.DropPayloads(command.id, command.after_seq, kPayloads);
  if (!more) return Fail(std::move(more).error());
  if (*more) return ForgetReply{*more};
  JOBGATE_TRY(turn.store.DeleteJob(command.id));
  --turn.counts.Of((*job)->state);
  return ForgetReply{};
}

}  // namespace jobgate
