// Settings of the store that more than one layer names.
#pragma once
#include <string_view>

namespace jobgate {

// "true" while nothing is claimed, by command.
inline constexpr std::string_view kWorkerStoppedSetting = "worker.stopped";

}  // namespace jobgate
