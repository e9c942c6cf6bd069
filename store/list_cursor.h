// Where a page of jobs ended, as the opaque text that the next page is asked for with.
#pragma once
#include <optional>
#include <string>

#include "src/base/error.h"
#include "src/job/job.h"
#include "store/store.h"

namespace jobgate {

inline constexpr int kListPageMax = 10'000;  // jobs, whatever the filter's limit

// The last job of a page.
struct ListPlace {
  std::optional<Priority> priority;  // in the orders by priority
  JobId id;
};

bool IsByPriority(ListOrder order);
std::string CursorAt(ListOrder order, const Job& job);
// Of `filter`; absent for the first page. Errors: kInvalidArgument for a cursor that no page of
// this order ended with, or a limit below one.
Result<std::optional<ListPlace>> PlaceOf(const JobFilter& filter);
// The states that the filter asks for, sorted; absent: jobs in every state.
std::optional<std::vector<JobState>> StatesOf(const JobFilter& filter);

}  // namespace jobgate
