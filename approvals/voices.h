// What people said on an issue about the request that stands on it. Whether it counts is not
// decided here: approvals/gate.h.
//
// https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "approvals/issue_observation.h"
#include "approvals/refusal.h"
#include "src/config/config.h"
#include "src/job/job.h"

namespace jobgate {

struct Voice {
  enum class Kind { kApprove, kReject };
  Kind kind = Kind::kApprove;
  Approval said;     // of a rejection: who, when and why
  std::string what;  // "label approved", "comment", "closing the issue"
  // Why it can count for nobody: too early, edited, for another digest; absent where nothing speaks
  // against it but who said it.
  std::optional<Refusal> flaw;
};

struct VoicesQuestion {
  const IssueObservation& seen;
  const GateRequest& request;  // posted
  const GitHubRules& rules;
  std::string requester_login;      // bound to the requester by the settings, or their name here
  bool requester_is_bound = false;  // else that name only keeps who has it from approving
  // Here; who has it there approves nothing, through an app either.
  std::string requester_name = {};
};

// In the order in which they were said.
std::vector<Voice> VoicesOn(const VoicesQuestion& question);

}  // namespace jobgate
