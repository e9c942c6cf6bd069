#include "src/worker/rehearsal.h"

#include <utility>
#include <vector>

#include "src/worker/endings.h"

namespace jobgate {

Result<bool> EndRehearsals(Turn& turn) {
  const bool any = !turn.rehearsed.empty();
  while (!turn.rehearsed.empty()) {
    for (const AttemptId& id : std::exchange(turn.rehearsed, {}))
      JOBGATE_TRY(ApplyRehearsal(turn, id));
  }
  return any;
}

}  // namespace jobgate
