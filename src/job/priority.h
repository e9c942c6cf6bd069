// Priorities, most urgent first. The number is the claim order and the store's column.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace jobgate {

enum class Priority { kCritical = 0, kHigh = 1, kNormal = 2, kLow = 3, kBackground = 4 };

inline constexpr std::array kAllPriorities = {
    Priority::kCritical, Priority::kHigh, Priority::kNormal, Priority::kLow, Priority::kBackground};

constexpr std::string_view NameOf(Priority priority) {
  switch (priority) {
    case Priority::kCritical:
      return "critical";
    case Priority::kHigh:
      return "high";
    case Priority::kNormal:
      return "normal";
    case Priority::kLow:
      return "low";
    case Priority::kBackground:
      return "background";
  }
  return "";
}

constexpr std::optional<Priority> PriorityFromName(std::string_view name) {
  for (Priority priority : kAllPriorities)
    if (NameOf(priority) == name) return priority;
  return std::nullopt;
}

}  // namespace jobgate
