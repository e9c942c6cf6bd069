// One job an issue: a label, a comment or a closing there can mean one thing only.
#pragma once
#include <optional>

#include "src/turn/turn.h"

namespace jobgate {

// The job that has not ended and stands on `issue` already, other than `but`. Errors as the store.
Result<std::optional<JobId>> UserOfIssue(Store& store, int64_t issue, const JobId& but = "");

}  // namespace jobgate
