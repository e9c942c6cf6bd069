// Errors as RFC 9457 problem+json, both directions: the server writes them, the CLI reads them.
#pragma once
#include <string_view>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

inline constexpr std::string_view kProblemContentType = "application/problem+json";

// {type, title, status, detail, errors: [{pointer, detail}]?, retryAfterSeconds?, jobId?}
Json ProblemJson(const Error& error);

// The error that a reply of `status` with `body` means. A body that is no problem document (a
// proxy's page) gives the code its status stands for.
Error ErrorFromProblem(int status, std::string_view body);

}  // namespace jobgate
