// How many more jobs each entrypoint may start: by its maxConcurrent, and by its breaker. Lives for
// one turn's claims.
#pragma once
#include <map>
#include <set>
#include <string>

#include "src/turn/turn.h"

namespace jobgate {

class EntrypointRoom {
 public:
  // As of this turn. Reads the store only where an entrypoint has a maxConcurrent.
  static Result<EntrypointRoom> Of(Turn& turn);

  bool IsBlocked(const std::string& entrypoint) const { return blocked_.contains(entrypoint); }
  const std::set<std::string>& blocked() const { return blocked_; }
  // One more of it runs.
  void Take(const std::string& entrypoint);

 private:
  void Set(const std::string& entrypoint, int64_t room);
  // No more than `room`.
  void Bound(const std::string& entrypoint, int64_t room);

  std::map<std::string, int64_t> left_;  // of those that have a limit, while some is left
  std::set<std::string> blocked_;
};

}  // namespace jobgate
