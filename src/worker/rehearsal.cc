#include "src/worker/rehearsal.h"

#include <utility>
#include <vector>

#include "src/worker/endings.h"

namespace jobgate {

Result<bool> EndRehearsals(Turn& turn) {
  const bool any = !turn.rehearsed.empty();
  while (!turn.rehearsed.empty()) {
    for (const AttemptId& id : std::exchange(turn.rehearsed, {})) {
      ExitRecord record;
      record.id = id;
      record.status = Exited{0};
      record.progress = "dry run: nothing was executed";
      JOBGATE_TRY(ApplyExit(turn, record));
    }
  }
  return any;
}

}  // namespace jobgate
