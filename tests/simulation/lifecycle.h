// The transition table of design section 2, written down a second time, over the events that
// tell of the transitions.
#pragma once
#include "src/job/event.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

// Where a job may be after `event`, having been in one of `before`. Empty where the event may
// not happen there, or is unknown. Not for job:submitted.
States Follow(States before, const Event& event, const Json& payload);

}  // namespace jobgate::sim
