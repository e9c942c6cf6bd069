#include "src/engine/dead_letters.h"

#include <algorithm>
#include <utility>

#include "src/turn/lifecycle.h"

namespace jobgate {
namespace {

constexpr int kPortion = 100;  // entries a turn

Result<std::vector<Job>> Oldest(Turn& turn, int limit) {
  EndedFilter filter;
  filter.states = {JobState::kDeadLettered};
  filter.limit = limit;
  auto page = turn.store.ListEnded(filter);
  if (!page) return Fail(std::move(page).error());
  return std::move(page->jobs);
}

Result<Job> Leave(Turn& turn, const Job& job, std::string type, std::optional<Actor> actor) {
  Json payload = {{"reason", job.dlq_reason.value_or("")},
                  {"addedAt", FormatTime(*job.finished_at)}};
  return Move(turn, job, job, Happening::kLeftDlq,
              {std::move(type), std::move(actor), std::move(payload)});
}

Time RetainedUntil(const Turn& turn, const Job& job) {
  return *job.finished_at + turn.config.dlq.retention;
}

}  // namespace

Result<Job> Drop(Turn& turn, const Job& job, const DropDeadLetter& command, const Actor& actor) {
  if (job.state != JobState::kDeadLettered)
    return Fail(Error{
        Code::kConflict,
        job.id + " is " + std::string(NameOf(job.state)) + " and not in the dead-letter queue",
        {},
        std::nullopt,
        job.id});
  if (command.why == DropDeadLetter::Why::kCleared) return Leave(turn, job, "dlq:cleared", actor);
  if (turn.now < RetainedUntil(turn, job))
    return Fail(Error{
        Code::kConflict,
        job.id + " is kept until " + FormatTime(RetainedUntil(turn, job)) + " (dlq.retentionDays)",
        {},
        std::nullopt,
        job.id});
  return Leave(turn, job, "dlq:cleaned", actor);
}

Result<std::optional<Time>> BoundDeadLetters(Turn& turn) {
  const int64_t entries = turn.counts.Of(JobState::kDeadLettered);
  if (entries == 0) return std::nullopt;
  const int64_t too_many = std::max<int64_t>(0, entries - turn.config.dlq.entries_max);
  auto oldest = Oldest(turn, 1);
  if (!oldest) return Fail(std::move(oldest).error());
  if (too_many == 0 && turn.now < RetainedUntil(turn, oldest->front()))
    return RetainedUntil(turn, oldest->front());

  oldest = Oldest(turn, kPortion);
  if (!oldest) return Fail(std::move(oldest).error());
  int64_t gone = 0;
  for (const Job& job : *oldest) {
    const bool expired = turn.now >= RetainedUntil(turn, job);
    if (!expired && gone >= too_many) return RetainedUntil(turn, job);
    ++gone;
    JOBGATE_TRY(Leave(turn, job, expired ? "dlq:cleaned" : "dlq:evicted", std::nullopt));
  }
  return turn.counts.Of(JobState::kDeadLettered) == 0 ? std::nullopt
                                                      : std::optional<Time>(turn.now);
}

}  // namespace jobgate
