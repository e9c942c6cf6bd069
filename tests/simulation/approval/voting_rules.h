// What docs/github.md says about who may say what on an issue, written down a second time: nothing
// here asks approvals/.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "approvals/issue_observation.h"
#include "src/job/actor.h"
#include "src/job/job.h"
#include "tests/simulation/settings.h"

namespace jobgate::sim {

// A request as it was posted.
struct Posting {
  Time at;                 // by GitHub's clock
  int64_t comment_id = 0;  // 0 = the issue was made for it
  std::string title;       // of that issue
  std::string text;
  int64_t requester_id = 0;  // 0 = nobody knows
};

struct Ballot {
  const Posting& posting;
  std::string digest;
  Actor requester;
  std::string requester_login;  // "" = none is bound to the requester
  GateRule gate;
  GitHubRule github;
};

struct Vote {
  enum class Kind { kApprove, kReject };
  Kind kind = Kind::kApprove;
  std::string signal;
  int64_t account = 0;
  std::string login;
  Time at;  // by GitHub's clock
  bool counts = false;
};

// Whether the request is not to be read there any more as it was posted.
bool IsVoid(const Posting& posting, const IssueObservation& seen);

// Everything on the issue that means to decide.
std::vector<Vote> VotesOn(const Ballot& ballot, const IssueObservation& seen);

// Whether somebody may approve, or reject, through the CLI.
bool MayApproveHere(const Ballot& ballot, const Actor& actor);
bool MayRejectHere(const Ballot& ballot, const Actor& actor);

}  // namespace jobgate::sim
