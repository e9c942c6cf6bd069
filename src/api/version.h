// The version of this program, as CMake knows it.
#pragma once
#include <string_view>

namespace jobgate {

inline constexpr std::string_view kVersion = JOBGATE_VERSION;

}  // namespace jobgate
