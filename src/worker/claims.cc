#include "src/worker/claims.h"

#include <algorithm>
#include <utility>

#include "src/turn/discipline.h"
#include "src/worker/claim_order.h"
#include "src/worker/entrypoint_room.h"
#include "src/worker/starts.h"

namespace jobgate {
namespace {

// Jobs that leave the queue without a start free no slot, so that slots do not bound them.
constexpr int kTurnedAwayMax = 32;

struct FreeSlots {
  int64_t any = 0;     // for every job
  int64_t urgent = 0;  // for critical and high ones; never fewer than `any`

  static FreeSlots Of(Turn& turn) {
    const int64_t running = turn.counts.Of(JobState::kRunning);
    const int64_t any = turn.config.queue.concurrent_max - running;
    return {any, any + turn.config.queue.express_slots};
  }
  Priority Least() const { return any > 0 ? Priority::kBackground : Priority::kHigh; }
};

// An overdue job counts where it cannot start itself.
Priority LeastAsked(const Turn& turn, const FreeSlots& free) {
  return turn.config.queue.ageing > Duration::zero() ? Priority::kBackground : free.Least();
}

// Whether urgent jobs run in ordinary slots. Where others fill all of those, an express slot that
// stays empty brings none of them free.
Result<bool> UrgentTakeOrdinarySlots(Turn& turn) {
  const int64_t running = turn.counts.Of(JobState::kRunning);
  auto jobs = turn.store.JobsIn(JobState::kRunning, "", static_cast<int>(running));
  if (!jobs) return Fail(std::move(jobs).error());
  const auto others = std::count_if(jobs->begin(), jobs->end(),
                                    [](const Job& job) { return job.priority > Priority::kHigh; });
  return others < turn.config.queue.concurrent_max;
}

// Claims one candidate; returns whether it took a slot. It may have moved elsewhere.
Result<bool> ClaimOne(Turn& turn, const Candidate& candidate, EntrypointRoom& room) {
  auto job = turn.store.FindJob(candidate.id);
  if (!job) return Fail(std::move(job).error());
  if (!*job) return Fail(Code::kStoreFault, candidate.id + " is claimable and is not there");
  const int64_t claims = turn.effects.claims;
  JOBGATE_TRY(Claim(turn, **job));
  const bool started = turn.effects.claims > claims;
  if (started) room.Take(candidate.entrypoint);
  return started;
}

struct Taken {
  int started = 0;
  int turned_away = 0;
};

// Takes from `order` as long as it surely shows who is next. A line is as long as there are slots:
// it gets too short where one of it took none, or where its other jobs are of an entrypoint that is
// blocked by now.
Result<Taken> ClaimFrom(Turn& turn, ClaimOrder& order, EntrypointRoom& room) {
  Taken taken;
  for (;;) {
    const FreeSlots free = FreeSlots::Of(turn);
    if (free.urgent <= 0) return taken;
    if (order.IsTurnBelow(free.Least())) {
      auto waits = UrgentTakeOrdinarySlots(turn);
      if (!waits) return Fail(std::move(waits).error());
      if (*waits) return taken;
    }
    const auto next = order.Next(free.Least());
    if (!next) return taken;
    auto started = ClaimOne(turn, *next, room);
    if (!started) return Fail(std::move(started).error());
    ++(*started ? taken.started : taken.turned_away);
    if (!*started || room.IsBlocked(next->entrypoint)) return taken;
  }
}

}  // namespace

Result<bool> ClaimReady(Turn& turn) {
  if (turn.counts.Of(JobState::kQueued) == 0 || FreeSlots::Of(turn).urgent <= 0) return false;
  auto room = EntrypointRoom::Of(turn);
  if (!room) return Fail(std::move(room).error());
  for (int turned_away = 0; turned_away < kTurnedAwayMax;) {
    const FreeSlots free = FreeSlots::Of(turn);
    if (free.urgent <= 0 || turn.counts.Of(JobState::kQueued) == 0) return false;
    auto candidates = turn.store.Claimable(
        {turn.now, LeastAsked(turn, free), room->blocked(), static_cast<int>(free.urgent)});
    if (!candidates) return Fail(std::move(candidates).error());
    ClaimOrder order(*candidates, turn.now, turn.config.queue.ageing, turn.discipline.ageing);
    auto taken = ClaimFrom(turn, order, *room);
    if (!taken) return Fail(std::move(taken).error());
    if (taken->started + taken->turned_away == 0) return false;
    turned_away += taken->turned_away;
  }
  return true;
}

}  // namespace jobgate
