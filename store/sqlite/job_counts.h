// The table job_counts as the one that writes it knows it: read once when the store is opened,
// moved with each job that is written, and written once a turn.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/job/job.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

class JobCounts {
 public:
  using OfStates = std::array<int64_t, kAllJobStates.size()>;
  // An entrypoint and a priority.
  using Row = std::pair<std::string, Priority>;
  using Rows = std::map<Row, OfStates>;

  // None, as of a store that is not open.
  JobCounts() = default;
  static JobCounts Load(SqliteConnection& db);

  // A job of `state` came (+1) or went (-1).
  void Add(const std::string& entrypoint, Priority priority, JobState state, int64_t change);

  // What the turn has changed.
  const Rows& changes() const { return changes_; }
  // As it was when changes() were `changes`, of this turn or of none.
  void GoBackTo(const Rows& changes);
  // Brings the table up to it.
  void WriteTo(SqliteConnection& db) const;
  // The turn is over, and so it stays.
  void Keep() { changes_.clear(); }

  StateTotals Totals() const;
  EntrypointTotals TotalsOf(const std::string& entrypoint) const;
  std::map<std::string, EntrypointTotals> TotalsByEntrypoint() const;
  void AddTo(StateCounts& counts) const;
  bool AnyQueued(Priority priority) const;
  // Where jobs are queued, of `least` and more urgent.
  std::vector<Row> Queued(Priority least) const;

 private:
  void Change(const Row& row, const OfStates& by, int64_t factor);

  Rows rows_;
  std::array<OfStates, kAllPriorities.size()> of_all_{};  // entrypoints, by priority
  Rows changes_;
};

}  // namespace jobgate::sqlite
