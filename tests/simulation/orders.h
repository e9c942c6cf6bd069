// What a daemon's link sends to the supervisor, in order.
#pragma once
#include <variant>
#include <vector>

#include "src/worker/spawner.h"

namespace jobgate::sim {

struct HelloOrder {};  // asks for SupervisorConnected and fences whoever was heard before
struct StopOrder {
  AttemptId id;
  Duration grace{};
};
struct AcknowledgeOrder {
  AttemptId id;
};
struct KillLeftoversOrder {
  std::vector<AttemptId> ids;
};
using Order =
    std::variant<HelloOrder, SpawnRequest, StopOrder, AcknowledgeOrder, KillLeftoversOrder>;

}  // namespace jobgate::sim
