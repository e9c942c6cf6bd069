#include "src/worker/entrypoint_room.h"

#include <utility>

#include "src/turn/discipline.h"

namespace jobgate {

Result<EntrypointRoom> EntrypointRoom::Of(Turn& turn) {
  EntrypointRoom room;
  for (const auto& [name, breaker] : turn.discipline.breakers.Held(turn))
    if (const auto left = Breakers::RoomOf(breaker)) room.Set(name, *left);
  const auto& limits = turn.config.concurrent_limits;
  if (limits.empty()) return room;
  auto totals = turn.store.TotalsByEntrypoint();
  if (!totals) return Fail(std::move(totals).error());
  for (const auto& [name, limit] : limits) {
    const auto found = totals->find(name);
    room.Bound(name, limit - (found == totals->end() ? 0 : found->second.running));
  }
  return room;
}

void EntrypointRoom::Set(const std::string& entrypoint, int64_t room) {
  if (room > 0) {
    left_[entrypoint] = room;
    return;
  }
  left_.erase(entrypoint);
  blocked_.insert(entrypoint);
}

void EntrypointRoom::Bound(const std::string& entrypoint, int64_t room) {
  const auto found = left_.find(entrypoint);
  if (!IsBlocked(entrypoint) && (found == left_.end() || room < found->second))
    Set(entrypoint, room);
}

void EntrypointRoom::Take(const std::string& entrypoint) {
  const auto found = left_.find(entrypoint);
  if (found != left_.end()) Set(entrypoint, found->second - 1);
}

}  // namespace jobgate
