#include "src/turn/discipline.h"

namespace jobgate {

Result<void> Discipline::Load(Store& store) {
  JOBGATE_TRY(backpressure.Load(store));
  return intake.Load(store);
}

Result<void> Discipline::Follow(Turn& turn) {
  return intake.Follow(turn);
}

}  // namespace jobgate
