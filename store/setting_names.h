// Settings of the store that more than one layer names.
#pragma once
#include <string_view>

namespace jobgate {

// "true" while nothing is claimed, by command.
inline constexpr std::string_view kWorkerStoppedSetting = "worker.stopped";

// The number of the first event that is chained, since the daemon first wrote to this store; so
// that events whose hashes were removed are told from those from before the chain.
inline constexpr std::string_view kChainBeginsSetting = "audit.chainBegins";

}  // namespace jobgate
