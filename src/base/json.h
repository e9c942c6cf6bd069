// JSON at the edges, guarded against the known edges of nlohmann_json 3.11: depth is bounded,
// duplicate keys are errors, and output never throws on bytes that are not UTF-8.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "src/base/error.h"

namespace jobgate {

using Json = nlohmann::json;

inline constexpr int kJsonDepthMax = 64;

// Parses one document. Errors: kInvalidArgument naming line, column and, for duplicate keys or
// depth, the JSON pointer; strings with NUL or bytes that are not UTF-8 are refused too.
Result<Json> ParseJson(std::string_view text, int depth_max = kJsonDepthMax);

// Compact, keys sorted (nlohmann's default map), bad UTF-8 replaced. Equal values give equal text:
// this is the canonical form that digests and idempotency keys are computed over.
std::string Canonical(const Json& value);

// Two-space indented, for people.
std::string Pretty(const Json& value);

// RFC 6901 escaping of one pointer token.
std::string PointerToken(std::string_view key);

}  // namespace jobgate
