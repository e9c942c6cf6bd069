#include "store/sqlite/job_list.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/list_cursor.h"
#include "store/sqlite/jobs.h"

namespace jobgate::sqlite {
namespace {

constexpr int kRareMax = 1'000;

using Value = std::variant<int64_t, std::string>;

// The ids of one index walk.
class Walk {
 public:
  explicit Walk(std::string index) : sql_("SELECT id FROM jobs " + std::move(index)) {}

  void Where(const std::string& condition, std::vector<Value> values) {
    sql_ += (values_.empty() ? " WHERE " : " AND ") + condition;
    std::ranges::move(values, std::back_inserter(values_));
  }
  void WhereIn(std::span<const JobState> states) {
    std::string marks;
    std::vector<Value> names;
    for (JobState state : states) {
      marks += marks.empty() ? "?" : ", ?";
      names.emplace_back(std::string(NameOf(state)));
    }
    Where("state IN (" + marks + ")", std::move(names));
  }

  void Collect(SqliteConnection& db, bool newest_first, int limit, std::vector<JobId>& ids) {
    sql_ += newest_first ? " ORDER BY id DESC LIMIT ?" : " ORDER BY id LIMIT ?";
    values_.emplace_back(int64_t{limit});
    SqliteQuery query = db.Use(sql_);
    for (const Value& value : values_)
      std::visit([&](const auto& bound) { query.Bind(bound); }, value);
    while (query.Step()) ids.push_back(query.Text());
  }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

class Lister {
 public:
  Lister(SqliteConnection& db, const JobFilter& filter, std::optional<ListPlace> start)
      : db_(db), filter_(filter), start_(std::move(start)), states_(StatesOf(filter)) {}

  std::vector<JobId> Ids(int limit) {
    if (states_ && states_->empty()) return {};
    return IsByPriority(filter_.order) ? IdsByPriority(limit) : IdsOf(filter_.priority, limit);
  }

 private:
  std::vector<JobId> IdsByPriority(int limit) {
    std::vector<Priority> order(kAllPriorities.begin(), kAllPriorities.end());
    if (filter_.order == ListOrder::kPriorityReverse) std::ranges::reverse(order);
    std::vector<JobId> ids;
    for (Priority priority : order) {
      if (filter_.priority && *filter_.priority != priority) continue;
      if (start_ && Passed(priority)) continue;
      const std::vector<JobId> more = IdsOf(priority, limit - static_cast<int>(ids.size()));
      ids.insert(ids.end(), more.begin(), more.end());
      if (std::ssize(ids) >= limit) break;
    }
    return ids;
  }

  bool Passed(Priority priority) const {
    return filter_.order == ListOrder::kPriority ? priority < *start_->priority
                                                 : priority > *start_->priority;
  }

  // In id order: those of one priority, or of all.
  std::vector<JobId> IdsOf(std::optional<Priority> priority, int limit) {
    std::vector<JobId> ids;
    for (Walk& walk : WalksFor(priority)) {
      Narrow(walk, priority);
      walk.Collect(db_, filter_.order == ListOrder::kNewest, limit, ids);
    }
    std::ranges::sort(ids);
    if (filter_.order == ListOrder::kNewest) std::ranges::reverse(ids);
    if (std::ssize(ids) > limit) ids.resize(static_cast<size_t>(limit));
    return ids;
  }

  std::vector<Walk> WalksFor(std::optional<Priority> priority) {
    const bool parted = states_ || priority;
    if (filter_.correlation_id) return {CorrelationWalk(priority)};
    if (filter_.entrypoint && (!parted || EntrypointIsRare())) return {EntrypointWalk(priority)};
    return parted ? StateWalks(priority) : std::vector<Walk>{Walk("")};
  }

  // Whether reading all jobs of the entrypoint is cheap.
  bool EntrypointIsRare() {
    SqliteQuery query = db_.Use(
        "SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY jobs_by_entrypoint "
        "WHERE entrypoint = ? LIMIT ?)");
    query.Bind(*filter_.entrypoint).Bind(kRareMax + 1).Step();
    return query.Int64() <= kRareMax;
  }

  Walk CorrelationWalk(std::optional<Priority> priority) {
    Walk walk("INDEXED BY jobs_by_correlation");
    walk.Where("correlation_id = ?", {*filter_.correlation_id});
    if (filter_.entrypoint) walk.Where("entrypoint = ?", {*filter_.entrypoint});
    Part(walk, priority);
    return walk;
  }

  Walk EntrypointWalk(std::optional<Priority> priority) {
    Walk walk("INDEXED BY jobs_by_entrypoint");
    walk.Where("entrypoint = ?", {*filter_.entrypoint});
    Part(walk, priority);
    return walk;
  }

  void Part(Walk& walk, std::optional<Priority> priority) {
    if (states_) walk.WhereIn(*states_);
    if (priority) walk.Where("priority = ?", {int64_t{static_cast<int>(*priority)}});
  }

  std::vector<Walk> StateWalks(std::optional<Priority> priority) {
    std::vector<Walk> walks;
    const std::span<const JobState> states =
        states_ ? std::span<const JobState>(*states_) : std::span<const JobState>(kAllJobStates);
    for (JobState state : states)
      for (int due : {0, 1})
        for (Priority part : kAllPriorities)
          if ((due == 1 || state == JobState::kQueued) && part == priority.value_or(part))
            walks.push_back(StateWalk(state, due, part));
    return walks;
  }

  Walk StateWalk(JobState state, int due, Priority priority) {
    Walk walk("INDEXED BY jobs_by_state");
    walk.Where("state = ? AND due = ? AND priority = ?",
               {std::string(NameOf(state)), int64_t{due}, int64_t{static_cast<int>(priority)}});
    if (filter_.entrypoint) walk.Where("entrypoint = ?", {*filter_.entrypoint});
    return walk;
  }

  void Narrow(Walk& walk, std::optional<Priority> priority) {
    if (filter_.expires_before)
      walk.Where("approval_expires_at < ?", {ToUnixMs(*filter_.expires_before)});
    if (start_ && (!start_->priority || start_->priority == priority))
      walk.Where(filter_.order == ListOrder::kNewest ? "id < ?" : "id > ?", {start_->id});
  }

  SqliteConnection& db_;
  const JobFilter& filter_;
  const std::optional<ListPlace> start_;
  const std::optional<std::vector<JobState>> states_;
};

}  // namespace

Result<JobPage> ListJobs(SqliteConnection& db, const JobFilter& filter) {
  Result<std::optional<ListPlace>> start = PlaceOf(filter);
  if (!start) return Fail(std::move(start).error());
  const auto limit = static_cast<size_t>(std::min(filter.limit, kListPageMax));
  const OneView view(db);
  const std::vector<JobId> ids =
      Lister(db, filter, std::move(*start)).Ids(static_cast<int>(limit) + 1);
  JobPage page;
  for (const JobId& id : std::span(ids).first(std::min(ids.size(), limit)))
    if (std::optional<Job> job = FindJob(db, id)) page.jobs.push_back(std::move(*job));
  if (ids.size() > limit) page.next_cursor = CursorAt(filter.order, page.jobs.back());
  return page;
}

}  // namespace jobgate::sqlite
