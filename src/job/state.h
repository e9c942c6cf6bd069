// The lifecycle of a job: its states, what can happen to it, and the one table that says what
// follows. docs/architecture.md draws it.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace jobgate {

enum class JobState {
  kQueued,           // waits for a slot, or for runAfter; the engine claims it
  kWaitingApproval,  // held at a gate; a person moves it on, or its expiry
  kRunning,          // an attempt was started durably; its exit record moves it on
  kInterrupted,      // nobody knows how its attempt ended; an operator resolves it
  kDeadLettered,     // failed for good and kept for a person; retry or clear moves it on
  kSucceeded,        // final
  kFailed,           // final
  kCanceled,         // final
};

inline constexpr std::array kAllJobStates = {
    JobState::kQueued,       JobState::kWaitingApproval, JobState::kRunning, JobState::kInterrupted,
    JobState::kDeadLettered, JobState::kSucceeded,       JobState::kFailed,  JobState::kCanceled};

// What can happen to a job. Named after the fact, not after the target state.
enum class Happening {
  kClaimed,
  kApprovalLost,      // revoked, drifted, or older than its TTL at the start
  kPlanChecked,       // the step before gave once more what was approved
  kSucceeded,         // exit 0 of the last step
  kStepDone,          // exit 0, the next step is ungated
  kGateReached,       // exit 0 and the next step is gated, or the job asks for approval itself
  kTryFailed,         // tries are left
  kFailedForGood,     // tries used up, or a permanent exit code; the DLQ is on
  kFailedWithoutDlq,  // the same where dlq.enabled is false
  kLost,              // nobody knows how the attempt ended
  kApproved,
  kRejected,
  kExpired,
  kCanceled,
  kFailedByOperator,
  kResumed,  // interrupted, idempotent, ungated: by itself
  kResolvedSucceeded,
  kResolvedFailed,
  kResolvedRetry,
  kResolvedRetryGated,
  kPoisoned,  // interrupted as often as maxAttempts
  kLeftDlq,   // retried as a new job, cleared, retained out, evicted
};

inline constexpr std::array kAllHappenings = {
    Happening::kClaimed,       Happening::kApprovalLost,       Happening::kPlanChecked,
    Happening::kSucceeded,     Happening::kStepDone,           Happening::kGateReached,
    Happening::kTryFailed,     Happening::kFailedForGood,      Happening::kFailedWithoutDlq,
    Happening::kLost,          Happening::kApproved,           Happening::kRejected,
    Happening::kExpired,       Happening::kCanceled,           Happening::kFailedByOperator,
    Happening::kResumed,       Happening::kResolvedSucceeded,  Happening::kResolvedFailed,
    Happening::kResolvedRetry, Happening::kResolvedRetryGated, Happening::kPoisoned,
    Happening::kLeftDlq};

struct Transition {
  JobState from;
  Happening happening;
  JobState to;
};

// The only place that says which transitions exist; a pair that is not here is forbidden.
inline constexpr std::array kTransitions = {
    Transition{JobState::kQueued, Happening::kClaimed, JobState::kRunning},
    Transition{JobState::kQueued, Happening::kApprovalLost, JobState::kWaitingApproval},
    Transition{JobState::kQueued, Happening::kCanceled, JobState::kCanceled},
    Transition{JobState::kQueued, Happening::kFailedByOperator, JobState::kFailed},
    Transition{JobState::kQueued, Happening::kFailedForGood, JobState::kDeadLettered},
    Transition{JobState::kQueued, Happening::kFailedWithoutDlq, JobState::kFailed},

    Transition{JobState::kRunning, Happening::kSucceeded, JobState::kSucceeded},
    Transition{JobState::kRunning, Happening::kStepDone, JobState::kRunning},
    Transition{JobState::kRunning, Happening::kGateReached, JobState::kWaitingApproval},
    Transition{JobState::kRunning, Happening::kApprovalLost, JobState::kWaitingApproval},
    Transition{JobState::kRunning, Happening::kPlanChecked, JobState::kQueued},
    Transition{JobState::kRunning, Happening::kTryFailed, JobState::kQueued},
    Transition{JobState::kRunning, Happening::kFailedForGood, JobState::kDeadLettered},
    Transition{JobState::kRunning, Happening::kFailedWithoutDlq, JobState::kFailed},
    Transition{JobState::kRunning, Happening::kLost, JobState::kInterrupted},
    Transition{JobState::kRunning, Happening::kCanceled, JobState::kCanceled},
    Transition{JobState::kRunning, Happening::kFailedByOperator, JobState::kFailed},

    Transition{JobState::kWaitingApproval, Happening::kApproved, JobState::kQueued},
    Transition{JobState::kWaitingApproval, Happening::kRejected, JobState::kCanceled},
    Transition{JobState::kWaitingApproval, Happening::kExpired, JobState::kFailed},
    Transition{JobState::kWaitingApproval, Happening::kCanceled, JobState::kCanceled},
    Transition{JobState::kWaitingApproval, Happening::kFailedByOperator, JobState::kFailed},

    Transition{JobState::kInterrupted, Happening::kResumed, JobState::kQueued},
    Transition{JobState::kInterrupted, Happening::kResolvedSucceeded, JobState::kSucceeded},
    Transition{JobState::kInterrupted, Happening::kResolvedFailed, JobState::kFailed},
    Transition{JobState::kInterrupted, Happening::kResolvedRetry, JobState::kQueued},
    Transition{JobState::kInterrupted, Happening::kResolvedRetryGated, JobState::kWaitingApproval},
    Transition{JobState::kInterrupted, Happening::kPoisoned, JobState::kDeadLettered},
    Transition{JobState::kInterrupted, Happening::kFailedWithoutDlq, JobState::kFailed},
    Transition{JobState::kInterrupted, Happening::kCanceled, JobState::kCanceled},
    Transition{JobState::kInterrupted, Happening::kFailedByOperator, JobState::kFailed},

    Transition{JobState::kDeadLettered, Happening::kLeftDlq, JobState::kFailed},
};

// The state that follows, or nothing where the pair is forbidden.
constexpr std::optional<JobState> StateAfter(JobState from, Happening happening) {
  for (const Transition& row : kTransitions)
    if (row.from == from && row.happening == happening) return row.to;
  return std::nullopt;
}

// No documented command brings a job out of these; retry and replay make a new job.
constexpr bool IsFinal(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed ||
         state == JobState::kCanceled;
}

// The states in which the same submission is the same job.
constexpr bool IsActive(JobState state) {
  return state == JobState::kQueued || state == JobState::kWaitingApproval ||
         state == JobState::kRunning || state == JobState::kInterrupted;
}

// The words of the API, the CLI and the store.
constexpr std::string_view NameOf(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kWaitingApproval:
      return "waiting_approval";
    case JobState::kRunning:
      return "running";
    case JobState::kInterrupted:
      return "interrupted";
    case JobState::kDeadLettered:
      return "dead_lettered";
    case JobState::kSucceeded:
      return "succeeded";
    case JobState::kFailed:
      return "failed";
    case JobState::kCanceled:
      return "canceled";
  }
  return "";
}

constexpr std::optional<JobState> JobStateFromName(std::string_view name) {
  for (JobState state : kAllJobStates)
    if (NameOf(state) == name) return state;
  return std::nullopt;
}

}  // namespace jobgate
