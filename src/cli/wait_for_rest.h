// Waits until a worker that was told to stop has nothing left that runs.
#pragma once
#include "src/cli/session.h"

namespace jobgate {

// The worker's status then. What did not end by itself is told on stderr, with what to do about
// it. While it waits, Ctrl-C says that the worker stays stopped. Over restarts of the daemon.
// Errors: kConflict where somebody starts the worker meanwhile; kUnreachable where the daemon
// stayed away.
Result<Answer> WaitForRest(Session& session, const ApiClient& api, const Json& status);

}  // namespace jobgate
