#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "store/ended_cursor.h"
#include "store/list_cursor.h"
#include "store/memory/queries.h"

namespace jobgate::memory {
namespace {

std::string LowerCase(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// One walk along the part of the index that holds a state, up to `limit` jobs that match.
class Walk {
 public:
  Walk(const Tables& tables, const EndedFilter& filter, std::optional<EndedPlace> start)
      : tables_(tables),
        filter_(filter),
        start_(std::move(start)),
        reason_(LowerCase(filter.reason)) {}

  void Collect(JobState state, int limit, std::vector<JobRef>& jobs) const {
    const auto& index = tables_.jobs_ended;
    auto at = filter_.newest_first ? index.Before(LastOf(state)) : index.From(FirstOf(state));
    for (int left = limit; at && (*at)->state == state && left > 0; Go(at)) {
      if (IsPast(**at)) break;
      if (!Matches(**at)) continue;
      jobs.push_back(*at);
      --left;
    }
  }

 private:
  using Key = std::tuple<JobState, Time, std::string_view>;

  template <typename Cursor>
  void Go(Cursor& at) const {
    if (filter_.newest_first)
      at.Prev();
    else
      at.Next();
  }

  // Where a walk from the oldest on begins.
  Key FirstOf(JobState state) const {
    const Key start =
        start_ ? Key(state, start_->ended_at, start_->id) : Key(state, Time::min(), "");
    if (!filter_.ended_from) return start;
    return std::max(start, Key(state, *filter_.ended_from, ""));
  }
  // What a walk from the newest on begins before.
  Key LastOf(JobState state) const {
    const Key start =
        start_ ? Key(state, start_->ended_at, start_->id) : Key(state, Time::max(), "~");
    if (!filter_.ended_before) return start;
    return std::min(start, Key(state, *filter_.ended_before, ""));
  }
  bool IsPast(const JobRecord& job) const {
    if (filter_.newest_first) return filter_.ended_from && *job.finished_at < *filter_.ended_from;
    return filter_.ended_before && *job.finished_at >= *filter_.ended_before;
  }
  bool Matches(const JobRecord& job) const {
    if (start_ && job.id == start_->id && *job.finished_at == start_->ended_at) return false;
    if (filter_.entrypoint && job.entrypoint != *filter_.entrypoint) return false;
    if (filter_.without_key) {
      const auto key = tables_.keys_by_job.From({job.id, ""});
      if (key && (*key)->key.job_id == job.id) return false;
    }
    if (reason_.empty()) return true;
    const std::optional<std::string> reason = job.Unpack().dlq_reason;
    return reason && LowerCase(*reason).find(reason_) != std::string::npos;
  }

  const Tables& tables_;
  const EndedFilter& filter_;
  const std::optional<EndedPlace> start_;
  const std::string reason_;
};

bool IsAtRest(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

}  // namespace

Result<JobPage> ListEnded(const Tables& tables, const EndedFilter& filter) {
  Result<std::optional<EndedPlace>> start = PlaceOf(filter);
  if (!start) return Fail(std::move(start).error());
  const int limit = std::min(filter.limit, kListPageMax);
  const Walk walk(tables, filter, *std::move(start));
  std::vector<JobRef> found;
  for (const JobState state : std::set(filter.states.begin(), filter.states.end()))
    if (IsAtRest(state)) walk.Collect(state, limit + 1, found);
  std::ranges::sort(found, {}, [](const JobRef& job) {
    return std::pair(*job->finished_at, std::string_view(job->id));
  });
  if (filter.newest_first) std::ranges::reverse(found);
  const bool more = std::ssize(found) > limit;
  if (more) found.resize(static_cast<size_t>(limit));
  JobPage page;
  for (const JobRef& job : found) page.jobs.push_back(job->Unpack());
  if (more) page.next_cursor = CursorAt(filter, page.jobs.back());
  return page;
}

}  // namespace jobgate::memory
