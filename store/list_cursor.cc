#include "store/list_cursor.h"

#include <algorithm>
#include <string_view>

namespace jobgate {
namespace {

// "n" newest, "o" oldest, "p" and "r" by priority, which follows as a digit.
char LetterOf(ListOrder order) {
  switch (order) {
    case ListOrder::kNewest:
      return 'n';
    case ListOrder::kOldest:
      return 'o';
    case ListOrder::kPriority:
      return 'p';
    case ListOrder::kPriorityReverse:
      return 'r';
  }
  return '?';
}

}  // namespace

bool IsByPriority(ListOrder order) {
  return order == ListOrder::kPriority || order == ListOrder::kPriorityReverse;
}

std::string CursorAt(ListOrder order, const Job& job) {
  std::string cursor(1, LetterOf(order));
  if (IsByPriority(order)) cursor += std::to_string(static_cast<int>(job.priority));
  return cursor + job.id;
}

Result<std::optional<ListPlace>> PlaceOf(const JobFilter& filter) {
  if (filter.limit < 1) return FailField("/limit", "must be at least 1");
  std::string_view rest = filter.cursor;
  if (rest.empty()) return std::nullopt;
  ListPlace place;
  bool fits = rest.front() == LetterOf(filter.order);
  rest.remove_prefix(1);
  if (IsByPriority(filter.order)) {
    fits = fits && !rest.empty() && rest.front() >= '0' && rest.front() <= '4';
    if (fits) place.priority = static_cast<Priority>(rest.front() - '0');
    rest.remove_prefix(std::min<size_t>(1, rest.size()));
  }
  place.id = std::string(rest);
  if (fits && rest.starts_with("job_")) return place;
  return FailField("/cursor", "no page of this order ended here; start again without a cursor");
}

std::optional<std::vector<JobState>> StatesOf(const JobFilter& filter) {
  std::vector<JobState> states = filter.states;
  std::ranges::sort(states);
  states.erase(std::unique(states.begin(), states.end()), states.end());
  if (filter.expires_before) {
    const bool waiting = states.empty() || std::ranges::count(states, JobState::kWaitingApproval);
    states.clear();
    if (waiting) states.push_back(JobState::kWaitingApproval);
    return states;
  }
  if (states.empty()) return std::nullopt;
  return states;
}

}  // namespace jobgate
