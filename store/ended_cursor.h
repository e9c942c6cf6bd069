// Where a page of jobs at rest ended, as the opaque text that the next page is asked for with.
#pragma once
#include <optional>
#include <string>

#include "src/base/error.h"
#include "store/store.h"

namespace jobgate {

// Where a job lies in the order of ends.
struct EndedPlace {
  Time ended_at;
  JobId id;
};

std::string CursorAt(const EndedFilter& filter, const Job& job);
// Absent for the first page. Errors: kInvalidArgument for a cursor that no page of this order ended
// with, or a limit below one.
Result<std::optional<EndedPlace>> PlaceOf(const EndedFilter& filter);

}  // namespace jobgate
