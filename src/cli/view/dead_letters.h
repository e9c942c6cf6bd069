// The dead-letter queue and one of its entries.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// The entries of GET /api/v1/dlq; a sentence where there are none.
std::string DeadLetterTable(const Json& entries, const Look& look);

// GET /api/v1/dlq/{id}: why it is there, the job's story, and the ends of its logs.
std::string DeadLetterPage(const Json& entry, const Look& look);

}  // namespace jobgate
