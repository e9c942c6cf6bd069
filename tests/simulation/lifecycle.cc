#include "tests/simulation/lifecycle.h"

#include <array>
#include <string_view>

namespace jobgate::sim {
namespace {

using enum JobState;

struct Move {
  std::string_view event;
  States from;
  JobState to;
};

const std::array kMoves = {
    Move{"job:started", {kQueued, kRunning}, kRunning},
    Move{"job:succeeded", {kRunning}, kSucceeded},
    Move{"job:failed", {kQueued, kRunning, kWaitingApproval, kInterrupted}, kFailed},
    Move{"job:dlq", {kQueued, kRunning, kInterrupted}, kDeadLettered},
    Move{"job:retrying", {kRunning}, kQueued},
    Move{"job:waiting_approval", {kQueued, kRunning, kWaitingApproval}, kWaitingApproval},
    Move{"job:drifted", {kQueued, kRunning}, kWaitingApproval},
    Move{"job:plan_checked", {kRunning}, kQueued},
    Move{"job:resumed", {kWaitingApproval}, kQueued},
    Move{"job:rejected", {kWaitingApproval}, kCanceled},
    Move{"job:expired", {kWaitingApproval}, kFailed},
    Move{"job:canceled", {kQueued, kRunning, kWaitingApproval, kInterrupted}, kCanceled},
    Move{"job:interrupted", {kRunning}, kInterrupted},
    Move{"job:recovered", {kInterrupted}, kQueued},
    Move{"job:retried_from_dlq", {kDeadLettered}, kFailed},
    Move{"dlq:cleared", {kDeadLettered}, kFailed},
    Move{"dlq:cleaned", {kDeadLettered}, kFailed},
    Move{"dlq:evicted", {kDeadLettered}, kFailed},
};

struct Stay {
  std::string_view event;
  States in;
};

const std::array kStays = {
    Stay{"job:progress", {kRunning}},
    Stay{"job:approved", {kWaitingApproval}},
    Stay{"job:approval_refused", {kWaitingApproval}},
    Stay{"job:expiring", {kWaitingApproval}},
    Stay{"job:extended", {kWaitingApproval}},
    Stay{"job:priority", {kQueued, kWaitingApproval}},
    Stay{"job:replayed", {kSucceeded, kFailed, kCanceled, kDeadLettered}},
};

States FollowResolved(States before, const std::string& as) {
  if (!before.Has(kInterrupted)) return {};
  if (as == "succeeded") return {kSucceeded};
  if (as == "failed") return {kFailed};
  return {kQueued, kWaitingApproval};
}

}  // namespace

States Follow(States before, const Event& event, const Json& payload) {
  if (event.type == "job:resolved") return FollowResolved(before, payload.at("as"));
  for (const Stay& stay : kStays)
    if (stay.event == event.type) return before & stay.in;
  for (const Move& move : kMoves)
    if (move.event == event.type)
      return (before & move.from).IsEmpty() ? States() : States{move.to};
  return {};
}

}  // namespace jobgate::sim
