#include "store/sqlite/ended_list.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/jobs.h"

namespace jobgate::sqlite {
namespace {

constexpr int kPageMax = 10'000;  // jobs, whatever the filter's limit

// Where a job lies in the order of ends.
struct Place {
  int64_t ended_ms = 0;
  JobId id;
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr): clang 14
};

bool IsAtRest(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

// "n" newest or "o" oldest first, the end in milliseconds, ".", the id.
std::string CursorAt(const EndedFilter& filter, const Job& job) {
  return (filter.newest_first ? "n" : "o") + std::to_string(ToUnixMs(*job.finished_at)) + "." +
         job.id;
}

Result<std::optional<Place>> ParseCursor(const EndedFilter& filter) {
  if (filter.cursor.empty()) return std::nullopt;
  const size_t dot = filter.cursor.find('.');
  Place place;
  if (filter.cursor.front() == (filter.newest_first ? 'n' : 'o') && dot != std::string::npos) {
    const char* end = filter.cursor.data() + dot;
    const auto read = std::from_chars(filter.cursor.data() + 1, end, place.ended_ms);
    place.id = filter.cursor.substr(dot + 1);
    if (read.ec == std::errc() && read.ptr == end && place.id.starts_with("job_")) return place;
  }
  return FailField("/cursor", "no page of this order ended here; start again without a cursor");
}

// One walk along the part of the index that holds `state`, up to `limit` jobs that match.
void Collect(SqliteConnection& db, const EndedFilter& filter, const std::optional<Place>& start,
             JobState state, int limit, std::vector<Place>& places) {
  const std::string beyond = filter.newest_first ? "<" : ">";
  std::string sql =
      "SELECT finished_at, id FROM jobs INDEXED BY jobs_by_end WHERE finished_at IS NOT NULL "
      "AND state = ?";
  if (start) sql += " AND (finished_at, id) " + beyond + " (?, ?)";
  if (filter.ended_from) sql += " AND finished_at >= ?";
  if (filter.ended_before) sql += " AND finished_at < ?";
  if (filter.entrypoint) sql += " AND entrypoint = ?";
  if (filter.without_key)
    sql += " AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE job_id = jobs.id)";
  if (!filter.reason.empty()) sql += " AND instr(lower(dlq_reason), lower(?)) > 0";
  sql += filter.newest_first ? " ORDER BY finished_at DESC, id DESC" : " ORDER BY finished_at, id";
  SqliteQuery query = db.Use(sql + " LIMIT ?");
  query.Bind(NameOf(state));
  if (start) query.Bind(start->ended_ms).Bind(start->id);
  if (filter.ended_from) query.Bind(*filter.ended_from);
  if (filter.ended_before) query.Bind(*filter.ended_before);
  if (filter.entrypoint) query.Bind(*filter.entrypoint);
  if (!filter.reason.empty()) query.Bind(filter.reason);
  query.Bind(int64_t{limit});
  while (query.Step()) {
    Place place;
    place.ended_ms = query.Int64();
    place.id = query.Text();
    places.push_back(std::move(place));
  }
}

}  // namespace

Result<JobPage> ListEnded(SqliteConnection& db, const EndedFilter& filter) {
  Result<std::optional<Place>> start = ParseCursor(filter);
  if (!start) return Fail(std::move(start).error());
  if (filter.limit < 1) return FailField("/limit", "must be at least 1");
  const auto limit = static_cast<size_t>(std::min(filter.limit, kPageMax));
  const OneView view(db);
  std::vector<Place> places;
  for (JobState state : std::set(filter.states.begin(), filter.states.end()))
    if (IsAtRest(state)) Collect(db, filter, *start, state, static_cast<int>(limit) + 1, places);
  std::ranges::sort(places);
  if (filter.newest_first) std::ranges::reverse(places);
  JobPage page;
  for (const Place& place : std::span(places).first(std::min(places.size(), limit)))
    if (std::optional<Job> job = FindJob(db, place.id)) page.jobs.push_back(std::move(*job));
  if (places.size() > limit) page.next_cursor = CursorAt(filter, page.jobs.back());
  return page;
}

}  // namespace jobgate::sqlite
