// Approval requests: what exactly would run, who asked, until when.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// The requests of GET /api/v1/approvals, each as a block; a sentence where there are none.
std::string WaitingList(const Json& approvals, const Look& look);

// The facts of one request: command, folder, digest, requester, expiry, approvals so far.
std::string ApprovalFacts(const Json& approval, const Look& look);

}  // namespace jobgate
