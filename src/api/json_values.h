// Values at the JSON edge: null where there is none, times as RFC 3339 text.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/json.h"
#include "src/base/time.h"

namespace jobgate {

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

inline Json OrNull(const std::optional<Time>& time) {
  return time ? Json(FormatTime(*time)) : Json(nullptr);
}

// How long ago `since` was; null where there is none.
inline Json AgeMs(const std::optional<Time>& since, Time now) {
  return since ? Json(std::max<int64_t>((now - *since).count(), 0)) : Json(nullptr);
}

inline Json NullIfEmpty(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

// JSON text from the store; null where it is not JSON.
inline Json StoredJson(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

}  // namespace jobgate
