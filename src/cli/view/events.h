// Events as sentences.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// "os:ann approved it: looks fine"; `event` as GET /api/v1/events shows it.
std::string EventInWords(const Json& event, Time now);

// "12:03:04  job_…  sentence", one line, fitted to the look; the id stays whole.
std::string EventLine(const Json& event, const Look& look);

}  // namespace jobgate
