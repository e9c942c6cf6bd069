// The one function that moves a job from state to state.
#pragma once
#include <optional>
#include <string>

#include "src/turn/turn.h"

namespace jobgate {

// What the event of a transition says.
struct Told {
  std::string type;  // "job:started"
  std::optional<Actor> actor = std::nullopt;
  Json payload = Json::object();
};

// Writes a job that did not exist before.
Result<void> Create(Turn& turn, const Job& job, const Told& told);

// Applies `happening` to `before`: `next` carries whatever else changes with it and becomes the
// stored job with the state of the transition table. Times of the transition are set here.
// Errors: kConflict where the table forbids it, or the stored job is not `before` any more.
Result<Job> Move(Turn& turn, const Job& before, Job next, Happening happening, const Told& told);

// Changes fields of a job whose state stays.
Result<Job> Amend(Turn& turn, const Job& before, Job next, const std::optional<Told>& told);

}  // namespace jobgate
