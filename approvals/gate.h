// The one function that decides whether a gated step may run. Whatever path an approval comes
// by, nothing else releases a job.
#pragma once
#include <string>
#include <variant>

#include "src/base/error.h"
#include "src/config/config.h"
#include "src/job/actor.h"
#include "src/job/job.h"

namespace jobgate {

struct GateQuestion {
  const GateRequest* request = nullptr;
  Actor requester;
  const GatePolicy* approved_policy = nullptr;  // pinned with the job
  const GatePolicy* current_policy = nullptr;   // of the settings now; must accept too
  std::string digest_now;                       // of what would run now
  Time expires_at;
  Time now;
  bool another_try = false;  // a further try of a step whose approval was used in time
};

struct GateOpen {};
struct GateWaiting {
  int approvals_missing = 0;
};
struct GateExpired {};
struct GateDrifted {};
using GateVerdict = std::variant<GateOpen, GateWaiting, GateExpired, GateDrifted>;

GateVerdict DecideGate(const GateQuestion& question);

// Whether `actor` may approve under `policy`. Errors: kForbidden, with the reason.
Result<void> MayApprove(const GatePolicy& policy, const Actor& requester, const Actor& actor);

}  // namespace jobgate
