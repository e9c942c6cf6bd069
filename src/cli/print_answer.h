// A whole answer of the daemon as a command's output.
#pragma once
#include <functional>
#include <string>

#include "src/cli/session.h"

namespace jobgate {

using Page = std::function<std::string(const Json& body, const Look& look)>;

// The daemon's own text for programs, `page` of it for people. 0, or the answer's error.
Result<int> PrintAnswer(Session& session, const Result<Answer>& answer, const Page& page);

}  // namespace jobgate
