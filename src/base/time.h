// Points in time and their text forms. Inside: std::chrono milliseconds; at JSON edges:
// RFC 3339 UTC with milliseconds; at SQL edges: integer milliseconds since the epoch.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

inline int64_t ToUnixMs(Time time) {
  return time.time_since_epoch().count();
}
inline Time FromUnixMs(int64_t ms) {
  return Time(Duration(ms));
}

// "2026-01-31T23:59:59.123Z". Years 1970 to 9999.
std::string FormatTime(Time time);
// Accepts what FormatTime writes, and the same without the fraction.
std::optional<Time> ParseTime(std::string_view text);

// For people: "1.2s", "3m 4s", "2h 5m", "24h", "4d 1h".
std::string FormatDuration(Duration duration);
// "250ms", "10s", "10m", "72h", "3d", and sums such as "1h30m". A bare number is refused.
Result<Duration> ParseDuration(std::string_view text);

}  // namespace jobgate
