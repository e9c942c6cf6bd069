// Valid jobs, attempts and events for tests of the store.
#pragma once
#include <string>

#include "src/base/random.h"
#include "src/base/ulid.h"
#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

inline constexpr Time kSampleTime = Time(Duration(1'767'225'600'000));  // 2026-01-01T00:00:00Z

// The same bits in every run.
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(uint64_t seed = 1) : state_(seed) {}
  uint64_t Next() override {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// Makes queued jobs with increasing ids.
class SampleJobs {
 public:
  Job Queued(Priority priority = Priority::kNormal, Time now = kSampleTime) {
    Job job;
    job.id = "job_" + ulids_.Next(now);
    job.entrypoint = "hello";
    job.params = R"({"name":"Ada"})";
    job.requester = "os:root";
    job.created_at = job.updated_at = job.ready_at = now;
    job.trace_id = std::string(32, 'a');
    job.config_revision = "rev1";
    job.attempts_max = 3;
    job.approval_ttl = std::chrono::hours(24);
    job.priority = priority;
    job.step_name = "run";
    return job;
  }

  Job Delayed(Duration delay, Priority priority = Priority::kNormal) {
    Job job = Queued(priority);
    job.ready_at = kSampleTime + delay;
    job.run_after = job.ready_at;
    return job;
  }

  Job Waiting(Duration ttl, Priority priority = Priority::kNormal) {
    Job job = Queued(priority);
    job.state = JobState::kWaitingApproval;
    job.gate.emplace();
    job.gate->nonce = "nonce";
    job.gate->digest = std::string(64, 'd');
    job.gate->requested_at = kSampleTime;
    job.gate->reason = "the step is declared with a gate";
    job.approval_expires_at = kSampleTime + ttl;
    return job;
  }

 private:
  CountingRandom random_;
  UlidFactory ulids_{random_};
};

// `job` with its next attempt started.
inline Job Started(Job job, Time now = kSampleTime) {
  job.state = JobState::kRunning;
  job.updated_at = now;
  if (!job.started_at) job.started_at = now;
  ++job.attempts;
  ++job.tries;
  return job;
}

// `job` at its end, or dead-lettered.
inline Job Ended(Job job, JobState state, Time now = kSampleTime) {
  job.state = state;
  job.updated_at = now;
  job.finished_at = now;
  if (state == JobState::kDeadLettered) job.dlq_reason = "tries used up";
  return job;
}

inline Attempt AttemptOf(const Job& job, Time now = kSampleTime) {
  Attempt attempt;
  attempt.job_id = job.id;
  attempt.number = job.attempts;
  attempt.step = job.step;
  attempt.step_name = job.step_name;
  attempt.incarnation = "incarnation-1";
  attempt.started_at = now;
  return attempt;
}

inline Attempt Ended(Attempt attempt, std::string outcome, Time now = kSampleTime) {
  attempt.ended_at = now;
  attempt.outcome = std::move(outcome);
  return attempt;
}

inline Event EventOf(std::string type, std::optional<JobId> job_id = std::nullopt) {
  Event event;
  event.at = kSampleTime;
  event.type = std::move(type);
  event.job_id = std::move(job_id);
  return event;
}

}  // namespace jobgate
