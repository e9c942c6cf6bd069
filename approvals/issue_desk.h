// Where what was seen on an issue meets the job that stands on it. The gate decides
// (approvals/gate.h), the desk writes (approvals/desk.h); this puts the questions.
#pragma once
#include "approvals/issue_observation.h"
#include "src/turn/turn.h"

namespace jobgate {

// Approvals that stand now count, those that do not stand any more are revoked, what does not count
// is refused once, and a rejection ends what waits. A request that is past its expiry by then is
// over. Says nothing to a job whose request is not posted. Errors: of the store.
Result<void> Observe(Turn& turn, const IssueObservation& seen, LookTime look);

// The login that the settings bind to `actor`; "" where they bind none.
std::string LoginOf(const Config& config, const Actor& actor);

}  // namespace jobgate
