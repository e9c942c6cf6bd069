#include "src/turn/discipline.h"

namespace jobgate {

Result<void> Discipline::Load(Store& store) {
  JOBGATE_TRY(backpressure.Load(store));
  JOBGATE_TRY(breakers.Load(store));
  observations = {};  // what a void turn was told of is to be seen again
  return intake.Load(store);
}

Result<void> Discipline::Follow(Turn& turn) {
  JOBGATE_TRY(breakers.Follow(turn));
  return intake.Follow(turn);
}

Result<void> Discipline::Keep(Turn& turn) {
  JOBGATE_TRY(backpressure.Follow(turn));
  JOBGATE_TRY(intake.Keep(turn));
  return breakers.Keep(turn);
}

}  // namespace jobgate
