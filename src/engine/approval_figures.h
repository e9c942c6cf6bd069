// What waits at the gates, and what was decided there, for health, stats and metrics. Owned by the
// loop thread.
#pragma once
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "src/engine/approval_tally.h"
#include "src/engine/snapshot.h"
#include "src/turn/turn.h"

namespace jobgate {

class ApprovalFigures {
 public:
  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);
  // Stores what they will be with this turn. To be called before its commit.
  Result<void> Keep(Turn& turn);
  // The turn that Keep was called with is committed.
  void Committed(const Effects& effects);

  void WriteTo(EngineSnapshot& snapshot) const;

 private:
  void Follow(const RequestChange& change);

  ApprovalTally tally_;
  std::optional<ApprovalTally> next_;  // of the turn that is to be committed
  // Open requests: as many as jobs wait.
  std::unordered_map<JobId, Time> open_;
  std::set<std::pair<Time, JobId>> by_age_;
};

}  // namespace jobgate
