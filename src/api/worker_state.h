// Why nothing is claimed at the moment, in words that say what to do.
#pragma once
#include <optional>
#include <string>

#include "src/engine/snapshot.h"

namespace jobgate {

struct ClaimStop {
  std::string what;     // stable word: "store_fault", "worker_disabled", …
  std::string why;      // one line for people
  std::string command;  // what ends it; "" where it ends by itself
};

// Nothing while jobs are claimed.
std::optional<ClaimStop> WhyNotClaiming(const EngineSnapshot& snapshot);

}  // namespace jobgate
