#include "src/engine/room.h"

#include "src/turn/discipline.h"

namespace jobgate {
namespace {

constexpr std::chrono::seconds kWaitingRetry{60};  // people decide; nothing measures how fast

tl::unexpected<Error> Refuse(Code code, std::string message, std::chrono::seconds retry_after) {
  return Fail(Error{code, std::move(message), {}, retry_after, {}});
}

// The entrypoint's own bound on queued jobs.
Result<void> CheckShare(Turn& turn, const Config::Declared& declared) {
  if (!declared.queued_max) return {};
  const std::string& name = declared.entrypoint.name;
  auto totals = turn.store.TotalsOf(name);
  if (!totals) return Fail(std::move(totals).error());
  if (totals->queued < *declared.queued_max) return {};
  return Refuse(
      Code::kQueueFull,
      std::to_string(totals->queued) + " jobs of '" + name +
          "' are queued, and more are not taken (its maxQueued)",
      turn.discipline.drain_rate.Until(totals->queued - *declared.queued_max + 1, turn.now));
}

}  // namespace

Result<void> CheckIntake(const Turn& turn) {
  if (auto refusal = turn.discipline.intake.Refusal(turn.now)) return Fail(*std::move(refusal));
  return {};
}

Result<void> CheckRoom(Turn& turn, const Config::Declared& declared, bool waits) {
  const auto state = waits ? JobState::kWaitingApproval : JobState::kQueued;
  const int64_t there = turn.counts.Of(state);
  if (waits) {
    if (there < turn.config.approval.waiting_max) return {};
    return Refuse(Code::kQueueFull,
                  std::to_string(there) +
                      " jobs wait for approval already (approval.maxWaiting): approve or "
                      "reject some first",
                  kWaitingRetry);
  }
  const int room = turn.config.queue.queued_max;
  if (there < room) return CheckShare(turn, declared);
  return Refuse(Code::kQueueFull,
                "the queue is full: " + std::to_string(there) + " of " + std::to_string(room) +
                    " places are taken (queue.maxQueueSize)",
                turn.discipline.drain_rate.Until(there - room + 1, turn.now));
}

Result<void> CheckPressure(Turn& turn, Priority priority) {
  if (priority <= Priority::kHigh || !turn.discipline.backpressure.active()) return {};
  const int64_t queued = turn.counts.Of(JobState::kQueued);
  const int64_t ends_at = Backpressure::EndsAt(turn.config);
  return Refuse(Code::kBackpressure,
                std::to_string(queued) + " of " + std::to_string(turn.config.queue.queued_max) +
                    " places in the queue are taken: " + std::string(NameOf(priority)) +
                    " jobs are refused until it is down to " + std::to_string(ends_at) +
                    "; critical and high ones are taken (queue.backpressureThreshold)",
                turn.discipline.drain_rate.Until(queued - ends_at, turn.now));
}

}  // namespace jobgate
