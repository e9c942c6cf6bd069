// Every state × happening pair against the lifecycle as README and docs/architecture.md tell it,
// written out by hand: what is not in the list is forbidden.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>

#include "src/job/state.h"

namespace jobgate {
namespace {

using S = JobState;
using H = Happening;

const std::map<std::pair<S, H>, S> kAllowed = {
    {{S::kQueued, H::kClaimed}, S::kRunning},
    {{S::kQueued, H::kApprovalLost}, S::kWaitingApproval},
    {{S::kQueued, H::kFailedForGood}, S::kDeadLettered},
    {{S::kQueued, H::kFailedWithoutDlq}, S::kFailed},
    {{S::kQueued, H::kCanceled}, S::kCanceled},
    {{S::kQueued, H::kFailedByOperator}, S::kFailed},
    {{S::kRunning, H::kSucceeded}, S::kSucceeded},
    {{S::kRunning, H::kStepDone}, S::kRunning},
    {{S::kRunning, H::kGateReached}, S::kWaitingApproval},
    {{S::kRunning, H::kApprovalLost}, S::kWaitingApproval},
    {{S::kRunning, H::kPlanChecked}, S::kQueued},
    {{S::kRunning, H::kTryFailed}, S::kQueued},
    {{S::kRunning, H::kFailedForGood}, S::kDeadLettered},
    {{S::kRunning, H::kFailedWithoutDlq}, S::kFailed},
    {{S::kRunning, H::kLost}, S::kInterrupted},
    {{S::kRunning, H::kCanceled}, S::kCanceled},
    {{S::kRunning, H::kFailedByOperator}, S::kFailed},
    {{S::kWaitingApproval, H::kApproved}, S::kQueued},
    {{S::kWaitingApproval, H::kRejected}, S::kCanceled},
    {{S::kWaitingApproval, H::kExpired}, S::kFailed},
    {{S::kWaitingApproval, H::kCanceled}, S::kCanceled},
    {{S::kWaitingApproval, H::kFailedByOperator}, S::kFailed},
    {{S::kInterrupted, H::kResumed}, S::kQueued},
    {{S::kInterrupted, H::kResolvedSucceeded}, S::kSucceeded},
    {{S::kInterrupted, H::kResolvedFailed}, S::kFailed},
    {{S::kInterrupted, H::kResolvedRetry}, S::kQueued},
    {{S::kInterrupted, H::kResolvedRetryGated}, S::kWaitingApproval},
    {{S::kInterrupted, H::kPoisoned}, S::kDeadLettered},
    {{S::kInterrupted, H::kFailedWithoutDlq}, S::kFailed},
    {{S::kInterrupted, H::kCanceled}, S::kCanceled},
    {{S::kInterrupted, H::kFailedByOperator}, S::kFailed},
    {{S::kDeadLettered, H::kLeftDlq}, S::kFailed},
};

TEST_CASE("lifecycle: every state and happening leads where it must, or nowhere") {
  for (S state : kAllJobStates)
    for (H happening : kAllHappenings) {
      CAPTURE(std::string(NameOf(state)));
      CAPTURE(static_cast<int>(happening));
      const auto wanted = kAllowed.find({state, happening});
      const auto found = StateAfter(state, happening);
      REQUIRE(found.has_value() == (wanted != kAllowed.end()));
      if (found) CHECK(*found == wanted->second);
    }
}

TEST_CASE("lifecycle: the table names no pair twice") {
  std::map<std::pair<S, H>, int> seen;
  for (const Transition& row : kTransitions) CHECK(++seen[{row.from, row.happening}] == 1);
  CHECK(seen.size() == kAllowed.size());
}

TEST_CASE("lifecycle: nothing leads out of a final state") {
  for (S state : {S::kSucceeded, S::kFailed, S::kCanceled}) {
    CHECK(IsFinal(state));
    for (H happening : kAllHappenings) CHECK_FALSE(StateAfter(state, happening));
  }
}

TEST_CASE("lifecycle: state names lead back to their states") {
  for (S state : kAllJobStates) CHECK(JobStateFromName(NameOf(state)) == state);
  CHECK_FALSE(JobStateFromName("done"));
}

}  // namespace
}  // namespace jobgate
