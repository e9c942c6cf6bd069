// Which of the claimable jobs is next: the most urgent, the oldest first among equals. So that
// nobody waits for ever, an overdue job goes before them once in ten starts: the one that has been
// ready longest of those that are first in line of their priority.
#pragma once
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "src/base/time.h"
#include "src/job/priority.h"
#include "src/turn/discipline.h"
#include "store/store.h"

namespace jobgate {

class ClaimOrder {
 public:
  // `overdue` is how long a job has to be ready to be overdue; 0 = never. `ageing` must outlive
  // this.
  ClaimOrder(const std::vector<Candidate>& candidates, Time now, Duration overdue, Ageing& ageing);

  // The next one among those that are at least as urgent as `least`, taken out of its line.
  std::optional<Candidate> Next(Priority least);
  // Whether that start would be the tenth, which is for an overdue job less urgent than `least`.
  bool IsTurnBelow(Priority least);

 private:
  using Line = std::deque<Candidate>;

  Line* MostUrgent(Priority least);
  Line* LongestOverdue(Priority least);

  const Time now_;
  const Duration overdue_;
  Ageing& ageing_;
  std::array<Line, kAllPriorities.size()> lines_;
};

}  // namespace jobgate
