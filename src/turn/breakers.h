// A circuit breaker for each entrypoint. Closed: jobs start. After breaker.failureThreshold failed
// attempts in a row it opens: its jobs wait, they do not fail. After breaker.openMs it is half
// open: one job starts as a probe. Its success closes the breaker, its failure opens it again, and
// any other end frees the place of the probe. Kept in the store. Owned by the loop thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "src/job/job.h"
#include "src/worker/spawner.h"

namespace jobgate {

class Store;
struct Turn;

enum class BreakerState { kClosed, kHalfOpen, kOpen };
constexpr std::string_view NameOf(BreakerState state) {
  constexpr std::array<std::string_view, 3> kNames = {"closed", "half-open", "open"};
  return kNames.at(static_cast<size_t>(state));
}

struct Breaker {
  BreakerState state = BreakerState::kClosed;
  int failures = 0;  // in a row; what opened it, while it is not closed
  std::optional<Time> opened_at;
  std::optional<Time> until;       // while open
  std::optional<AttemptId> probe;  // while half open
  std::string last_error;          // of the last failure that counted
};

class Breakers {
 public:
  using All = std::map<std::string, Breaker>;

  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);
  // Makes of this turn what is stored. To be called before its commit.
  Result<void> Keep(Turn& turn);

  // An open one whose time has come is half open.
  Result<void> Follow(Turn& turn);
  // The earliest of these times.
  std::optional<Time> NextDue(const Turn& turn) const;

  // An attempt was started out of the queue.
  void Started(const Turn& turn, const std::string& entrypoint, const AttemptId& id);
  // An attempt ended; `outcome` as in Attempt. Those that were under way when the breaker opened
  // say nothing any more.
  Result<void> Ended(Turn& turn, const std::string& entrypoint, const Attempt& attempt);

  // Closes it. Nothing is told of one that is closed.
  Result<void> Reset(Turn& turn, const std::string& entrypoint, const Actor& actor);

  // How many jobs the breaker lets start now; nothing = it holds none.
  static std::optional<int64_t> RoomOf(const Breaker& breaker);
  // Those that are not closed, or count failures; none where the breaker is off.
  const All& Held(const Turn& turn) const;
  const All& all() const { return all_; }
  Breaker Find(const std::string& entrypoint) const;

 private:
  Result<void> Failed(Turn& turn, const std::string& entrypoint, const Attempt& attempt);
  Result<void> Open(Turn& turn, const std::string& entrypoint, Breaker& breaker);
  Result<void> Close(Turn& turn, const std::string& entrypoint, std::string type,
                     const std::optional<Actor>& actor, Json payload);
  Json Stored() const;

  All all_;  // one that is closed and counts nothing is not in it
  bool is_changed_ = false;
};

}  // namespace jobgate
