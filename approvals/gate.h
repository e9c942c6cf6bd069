// The one function that decides whether a gated step may run. Whatever path an approval comes
// by, nothing else releases a job.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "approvals/refusal.h"
#include "src/config/config.h"
#include "src/job/actor.h"
#include "src/job/job.h"

namespace jobgate {

// Of actors, the accounts on GitHub that they are bound to (approval.requesters).
using Logins = std::map<std::string, std::string>;

struct GateQuestion {
  const GateRequest* request = nullptr;
  Actor requester;
  const GatePolicy* approved_policy = nullptr;  // pinned with the job
  const GatePolicy* current_policy = nullptr;   // of the settings now; must accept too
  std::string digest_now;                       // of what would run now
  const Logins* logins = nullptr;               // null = nobody is bound
  Time expires_at;
  Time now;
  bool another_try = false;  // a further try of a step whose approval was used in time
  // Since GitHub was last asked what stands on the issue; absent where nobody knows.
  std::optional<Duration> observation_age;
  Duration observation_age_max{};
};

struct GateOpen {};
struct GateWaiting {
  int approvals_missing = 0;
};
struct GateExpired {};
struct GateDrifted {};
// What was approved may have been revoked: GitHub has to be asked first.
struct GateUnobserved {};
using GateVerdict = std::variant<GateOpen, GateWaiting, GateExpired, GateDrifted, GateUnobserved>;

GateVerdict DecideGate(const GateQuestion& question);

// The login that `actor` is bound to in `logins`, else the actor's own name: who it is, by whatever
// way something is said.
std::string PersonOf(const Logins& logins, const Actor& actor);
// Whether both may be one person, for all that can be known here: os:alice and github:Alice are,
// whoever is bound to one account, and whoever has its name.
bool IsOnePerson(const Logins& logins, const Actor& a, const Actor& b);
// Whether `actor` may be who `given` came from, under any name that the account is known by.
bool IsWhoGave(const Logins& logins, const Approval& given, const Actor& actor);
// Whether `actor` is `requester`, who may take back what was asked for: the same name, or both
// bound to one account. That a login is somebody's name here does not do.
bool IsRequesterHere(const Logins& logins, const Actor& requester, const Actor& actor);

// Whether what was `said` counts as an approval under `policy`; an approval through the CLI or the
// API has no voice on GitHub.
Allowed MayApprove(const GatePolicy& policy, const Logins& logins, const Actor& requester,
                   const Approval& said);
// Whether it may reject, or give the request more time: with the same authority, or as requester.
Allowed MayReject(const GatePolicy& policy, const Logins& logins, const Actor& requester,
                  const Approval& said);

}  // namespace jobgate
