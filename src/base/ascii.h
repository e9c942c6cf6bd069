// Letters of ASCII without their case, as GitHub compares logins and labels.
#pragma once
#include <string>
#include <string_view>

namespace jobgate {

inline std::string Folded(std::string_view text) {
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

inline bool IsSameFolded(std::string_view a, std::string_view b) {
  return Folded(a) == Folded(b);
}

}  // namespace jobgate
