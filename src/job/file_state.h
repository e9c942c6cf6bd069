// What a digest holds of a file that a step executes.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace jobgate {

inline constexpr std::string_view kFileMissing = "";
inline constexpr std::string_view kFileIsLink = "symbolic link";

// SHA-256 hex of its bytes, with a word where it may be executed, as git keeps a mode.
inline std::string FileState(std::string sha256, bool is_executable) {
  return is_executable ? std::move(sha256) + " executable" : std::move(sha256);
}

}  // namespace jobgate
