// JSON at the edges, guarded against the known edges of nlohmann_json 3.11: depth is bounded,
// duplicate keys are errors, and output never throws on bytes that are not UTF-8.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "src/base/error.h"

namespace jobgate {

using Json = nlohmann::json;

inline constexpr int kJsonDepthMax = 64;
// Of a document around another that may be kJsonDepthMax deep by itself: a body, an answer or an
// event with params in it.
inline constexpr int kJsonDepthMaxAround = kJsonDepthMax + 16;

// Parses one document. Errors: kInvalidArgument with every place that is wrong: a duplicate key, a
// NUL, a number out of range, bytes that are not UTF-8, a value nested too deep. Each has its JSON
// pointer; what is no JSON at all has line and column instead.
Result<Json> ParseJson(std::string_view text, int depth_max = kJsonDepthMax);

// The same for who goes on with a text that is not sound.
struct JsonReading {
  std::optional<Json> value;         // absent where the text could not be read to its end
  std::vector<FieldError> problems;  // in the order of the text, at most kJsonProblemsMax
  int stopped_at_line = 0;           // of the last problem, where the text is no JSON
};
inline constexpr size_t kJsonProblemsMax = 100;

JsonReading ReadJson(std::string_view text, int depth_max = kJsonDepthMax);

// Whether `value` has more levels of arrays and objects.
bool IsDeeperThan(int levels, const Json& value);

bool IsUtf8(const std::string& text);

// Compact, keys sorted (nlohmann's default map), bad UTF-8 replaced. Equal values give equal text:
// this is the canonical form that digests and idempotency keys are computed over.
std::string Canonical(const Json& value);

// Two-space indented, for people.
std::string Pretty(const Json& value);

// RFC 6901 escaping of one pointer token.
std::string PointerToken(std::string_view key);

}  // namespace jobgate
