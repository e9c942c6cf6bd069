// Audits of the history of events, as JSON.
#pragma once
#include "src/base/json.h"
#include "store/audit.h"

namespace jobgate {

Json AuditReportJson(const AuditReport& report);

}  // namespace jobgate
