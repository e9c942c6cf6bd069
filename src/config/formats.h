// The string formats of JSON Schema that jobgate checks (RFC 3339).
#pragma once
#include <string_view>

namespace jobgate {

struct Format {
  std::string_view name;
  std::string_view example;
  bool (*fits)(std::string_view text);
};

// Nothing for a format that is not checked.
const Format* FindFormat(std::string_view name);

}  // namespace jobgate
