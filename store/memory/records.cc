#include "store/memory/records.h"

#include <utility>

#include "src/base/check.h"

namespace jobgate::memory {
namespace {

template <typename T>
T Unpacked(const std::string& packed) {
  std::optional<T> value = record::From<T>(packed);
  JOBGATE_CHECK(value, "a record in memory is the one that was packed");
  return *std::move(value);
}

}  // namespace

JobRecord::JobRecord(const Job& job, std::string packed_job)
    : id(job.id),
      entrypoint(job.entrypoint),
      correlation_id(job.correlation_id),
      dedupe_key(job.finished_at ? "" : job.dedupe_key.value_or("")),
      state(job.state),
      priority(job.priority),
      attempts(job.attempts),
      is_due(job.state != JobState::kQueued || job.ready_at <= job.updated_at),
      ready_at(job.ready_at),
      finished_at(job.finished_at),
      expires_at(job.approval_expires_at),
      warn_at(job.approval_warn_at),
      issue_id(job.finished_at ? std::nullopt : job.issue_id),
      packed(std::move(packed_job)) {}

Job JobRecord::Unpack() const {
  return Unpacked<Job>(packed);
}

AttemptRecord::AttemptRecord(const Attempt& attempt, std::string packed_attempt)
    : job_id(attempt.job_id),
      number(attempt.number),
      started_at(attempt.started_at),
      ended_at(attempt.ended_at),
      outcome(attempt.outcome.value_or("")),
      is_dry(attempt.incarnation == kDryRun),
      packed(std::move(packed_attempt)) {}

Attempt AttemptRecord::Unpack() const {
  return Unpacked<Attempt>(packed);
}

}  // namespace jobgate::memory
