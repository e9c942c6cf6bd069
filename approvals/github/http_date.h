// The `Date` header (RFC 9110, 5.6.7) and the times of GitHub's JSON.
#pragma once
#include <optional>
#include <string_view>

#include "src/base/time.h"

namespace jobgate::github {

// "Sun, 06 Nov 1994 08:49:37 GMT"; nothing for any other form.
std::optional<Time> ParseHttpDate(std::string_view text);

}  // namespace jobgate::github
