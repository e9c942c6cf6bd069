// Audits of the history of events, as JSON.
#pragma once
#include <vector>

#include "src/base/json.h"
#include "store/audit.h"

namespace jobgate {

Json AuditReportJson(const AuditReport& report);

// {"heads": [{"head": "57:…", "jobId": "job_…", "origin": "9f86d081884c"}]}, the last two where
// they are known.
Json WitnessesJson(const std::vector<Witness>& witnesses);
// Errors: kInvalidArgument; kTooLarge for more than 2,000.
Result<std::vector<Witness>> WitnessesFromJson(const Json& body);

}  // namespace jobgate
