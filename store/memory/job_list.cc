#include <algorithm>
#include <utility>

#include "store/list_cursor.h"
#include "store/memory/queries.h"

namespace jobgate::memory {
namespace {

constexpr int kRareMax = 1000;

// A list is a walk along the narrowest index in id order, or several such walks merged.
class Lister {
 public:
  Lister(const Tables& tables, const JobFilter& filter, std::optional<ListPlace> start)
      : tables_(tables), filter_(filter), start_(std::move(start)), states_(StatesOf(filter)) {}

  std::vector<JobRef> Jobs(int limit) {
    if (!IsByPriority(filter_.order)) return JobsOf(filter_.priority, limit);
    std::vector<Priority> order(kAllPriorities.begin(), kAllPriorities.end());
    if (filter_.order == ListOrder::kPriorityReverse) std::ranges::reverse(order);
    std::vector<JobRef> jobs;
    for (const Priority priority : order) {
      if (filter_.priority.value_or(priority) != priority || Passed(priority)) continue;
      std::ranges::move(JobsOf(priority, limit - static_cast<int>(jobs.size())),
                        std::back_inserter(jobs));
      if (std::ssize(jobs) >= limit) break;
    }
    return jobs;
  }

 private:
  bool IsNewestFirst() const { return filter_.order == ListOrder::kNewest; }

  bool Passed(Priority priority) const {
    if (!start_) return false;
    return filter_.order == ListOrder::kPriority ? priority < *start_->priority
                                                 : priority > *start_->priority;
  }

  // The id that the page starts after; "" where it starts at an end.
  std::string_view StartOf(std::optional<Priority> priority) const {
    const bool starts_here = start_ && (!start_->priority || start_->priority == priority);
    return starts_here ? std::string_view(start_->id) : "";
  }

  bool Matches(const JobRecord& job, std::optional<Priority> priority) const {
    if (priority && job.priority != *priority) return false;
    if (states_ && !std::ranges::count(*states_, job.state)) return false;
    if (filter_.entrypoint && job.entrypoint != *filter_.entrypoint) return false;
    if (filter_.correlation_id && job.correlation_id != filter_.correlation_id) return false;
    return !filter_.expires_before || job.expires_at < filter_.expires_before;
  }

  // In id order: those of one priority, or of all.
  std::vector<JobRef> JobsOf(std::optional<Priority> priority, int limit) {
    std::vector<JobRef> jobs;
    if (filter_.correlation_id) {
      Walk(tables_.jobs_by_correlation, std::string_view(*filter_.correlation_id), priority, limit,
           jobs);
    } else if (filter_.entrypoint && ((!states_ && !priority) || EntrypointIsRare())) {
      Walk(tables_.jobs_by_entrypoint, std::string_view(*filter_.entrypoint), priority, limit,
           jobs);
    } else if (states_ || priority) {
      WalkStates(priority, limit, jobs);
    } else {
      WalkAll(limit, jobs);
    }
    std::ranges::sort(jobs, {}, ById());
    if (IsNewestFirst()) std::ranges::reverse(jobs);
    if (std::ssize(jobs) > limit) jobs.resize(static_cast<size_t>(limit));
    return jobs;
  }

  bool EntrypointIsRare() const {
    int count = 0;
    for (auto at = tables_.jobs_by_entrypoint.From({*filter_.entrypoint, ""});
         at && (*at)->entrypoint == *filter_.entrypoint && count <= kRareMax; at.Next())
      ++count;
    return count <= kRareMax;
  }

  // Along one part of an index: from the start in `part_key(id)` order while `in_part` holds.
  template <typename Set, typename PartKey, typename InPart>
  void WalkPart(const Set& set, PartKey part_key, InPart in_part, std::optional<Priority> priority,
                int limit, std::vector<JobRef>& jobs) const {
    const std::string_view start = StartOf(priority);
    static constexpr std::string_view kAfterEveryId = "~";
    auto at = !IsNewestFirst() ? set.From(part_key(start))
                               : set.Before(part_key(start.empty() ? kAfterEveryId : start));
    for (int left = limit; at && in_part(**at) && left > 0;
         IsNewestFirst() ? at.Prev() : at.Next()) {
      if ((*at)->id == start || !Matches(**at, priority)) continue;
      jobs.push_back(*at);
      --left;
    }
  }

  template <typename Set>
  void Walk(const Set& set, std::string_view of, std::optional<Priority> priority, int limit,
            std::vector<JobRef>& jobs) const {
    const bool by_entrypoint = static_cast<const void*>(&set) == &tables_.jobs_by_entrypoint;
    WalkPart(
        set, [&](std::string_view id) { return std::tuple(of, id); },
        [&](const JobRecord& job) {
          return by_entrypoint ? job.entrypoint == of : job.correlation_id == of;
        },
        priority, limit, jobs);
  }

  void WalkStates(std::optional<Priority> priority, int limit, std::vector<JobRef>& jobs) const {
    for (const JobState state : kAllJobStates)
      for (const Priority part : kAllPriorities) {
        if (priority.value_or(part) != part) continue;
        if (states_ && !std::ranges::count(*states_, state)) continue;
        WalkPart(
            tables_.jobs_by_state, [&](std::string_view id) { return std::tuple(state, part, id); },
            [&](const JobRecord& job) { return job.state == state && job.priority == part; },
            priority, limit, jobs);
      }
  }

  void WalkAll(int limit, std::vector<JobRef>& jobs) const {
    WalkPart(
        tables_.jobs, [](std::string_view id) { return id; }, [](const JobRecord&) { return true; },
        std::nullopt, limit, jobs);
  }

  const Tables& tables_;
  const JobFilter& filter_;
  const std::optional<ListPlace> start_;
  const std::optional<std::vector<JobState>> states_;
};

}  // namespace

Result<JobPage> ListJobs(const Tables& tables, const JobFilter& filter) {
  Result<std::optional<ListPlace>> start = PlaceOf(filter);
  if (!start) return Fail(std::move(start).error());
  const int limit = std::min(filter.limit, kListPageMax);
  std::vector<JobRef> found = Lister(tables, filter, *std::move(start)).Jobs(limit + 1);
  const bool more = std::ssize(found) > limit;
  if (more) found.resize(static_cast<size_t>(limit));
  JobPage page;
  for (const JobRef& job : found) page.jobs.push_back(job->Unpack());
  if (more) page.next_cursor = CursorAt(filter.order, page.jobs.back());
  return page;
}

}  // namespace jobgate::memory
