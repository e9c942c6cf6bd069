#include "store/memory/rules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "store/refusals.h"

namespace jobgate::memory {
namespace {

constexpr std::array<std::string_view, 7> kOutcomes = {
    "succeeded",   "failed",         "timed_out",   "canceled",
    "interrupted", "asked_approval", "spawn_failed"};

bool IsObject(std::string_view json) {
  return json.size() >= 2 && json.starts_with('{') && json.ends_with('}');
}

bool IsId(std::string_view id) {
  return id.starts_with("job_") && id.size() > 4;
}

bool IsEnded(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

// Collects the first rule that does not hold.
class Rules {
 public:
  Rules& Holds(bool condition, std::string_view rule) {
    if (!condition && broken_.empty()) broken_ = rule;
    return *this;
  }
  Result<void> Verdict() const {
    if (broken_.empty()) return {};
    return Fail(RefusedByRules("it breaks the rule that " + std::string(broken_)));
  }

 private:
  std::string_view broken_;
};

}  // namespace

Result<void> CheckJob(const Job& job) {
  const bool waits = job.state == JobState::kWaitingApproval;
  const int priority = static_cast<int>(job.priority);
  return Rules()
      .Holds(IsId(job.id), "an id begins with job_")
      .Holds(IsObject(job.params), "params are a JSON object")
      .Holds(job.attempts_max >= 1, "maxAttempts is at least 1")
      .Holds(job.approval_ttl >= Duration::zero(), "a TTL is not negative")
      .Holds(priority >= 0 && priority <= 4, "there are five priorities")
      .Holds(job.step >= 0 && job.attempts >= 0 && job.tries >= 0 && job.interruptions >= 0,
             "counts are not negative")
      .Holds(job.usage.cpu_ms >= 0 && job.usage.rss_bytes_max >= 0, "usage is not negative")
      .Holds(!job.spec || IsObject(*job.spec), "a pinned declaration is a JSON object")
      .Holds(job.result != "", "a result is not empty")
      .Holds(job.tries <= job.attempts, "every try is an attempt")
      .Holds(job.tries <= job.attempts_max, "a step has no more tries than maxAttempts")
      .Holds(job.state != JobState::kRunning || (job.started_at && job.attempts >= 1),
             "a running job has an attempt")
      .Holds(!waits || (job.gate && job.approval_expires_at),
             "a waiting job has a request that expires")
      .Holds(job.finished_at.has_value() == IsEnded(job.state), "only what ended has an end")
      .Holds(!job.approval_warn_at || waits, "only a waiting job is warned of")
      .Holds(job.state != JobState::kDeadLettered || job.dlq_reason,
             "a dead-lettered job has a reason")
      .Holds(
          !job.dlq_reason || job.state == JobState::kDeadLettered || job.state == JobState::kFailed,
          "only a dead-lettered or failed job has that reason")
      .Holds(!job.exit_code || !job.signal, "an exit code excludes a signal")
      .Verdict();
}

Result<void> CheckMove(JobState before, bool had_finished, JobState next) {
  const bool leaves_dlq = before == JobState::kDeadLettered && next == JobState::kFailed;
  return Rules()
      .Holds(before == next || !had_finished || leaves_dlq, "an ended job never changes its state")
      .Verdict();
}

Result<void> CheckAttempt(const Attempt& attempt) {
  return Rules()
      .Holds(attempt.number >= 1 && attempt.step >= 0, "attempts are numbered from 1")
      .Holds(!attempt.outcome || std::ranges::count(kOutcomes, *attempt.outcome),
             "an attempt ends with a known outcome")
      .Holds(attempt.ended_at.has_value() == attempt.outcome.has_value(),
             "an attempt ends with an outcome")
      .Holds(!attempt.exit_code || !attempt.signal, "an exit code excludes a signal")
      .Holds(attempt.usage.cpu_ms >= 0 && attempt.usage.rss_bytes_max >= 0, "usage is not negative")
      .Verdict();
}

Result<void> CheckEvent(const Event& event) {
  const size_t colon = event.type.find(':', 1);
  return Rules()
      .Holds(colon != std::string::npos && colon + 1 < event.type.size(),
             "an event's type has a prefix")
      .Holds(IsObject(event.payload), "an event's payload is a JSON object")
      .Verdict();
}

Result<void> CheckMessage(const OutboxMessage& message) {
  return Rules()
      .Holds(message.id.starts_with("msg_") && message.id.size() > 4, "a message's id has its form")
      .Holds(IsId(message.job_id), "a message belongs to a job")
      .Holds(!message.kind.empty(), "a message has a kind")
      .Holds(IsObject(message.request), "a message's request is a JSON object")
      .Holds(message.parked != "", "what is parked has a reason")
      .Verdict();
}

}  // namespace jobgate::memory
