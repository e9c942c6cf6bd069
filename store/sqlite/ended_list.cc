#include "store/sqlite/ended_list.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/ended_cursor.h"
#include "store/list_cursor.h"
#include "store/sqlite/jobs.h"

namespace jobgate::sqlite {
namespace {

// Where a job lies in the order of ends.
struct Place {
  int64_t ended_ms = 0;
  JobId id;
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr): clang 14
};

bool IsAtRest(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

// One walk along the part of the index that holds `state`, up to `limit` jobs that match.
void Collect(SqliteConnection& db, const EndedFilter& filter,
             const std::optional<EndedPlace>& start, JobState state, int limit,
             std::vector<Place>& places) {
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
  if (start) query.Bind(start->ended_at).Bind(start->id);
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
  Result<std::optional<EndedPlace>> start = PlaceOf(filter);
  if (!start) return Fail(std::move(start).error());
  const auto limit = static_cast<size_t>(std::min(filter.limit, kListPageMax));
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
