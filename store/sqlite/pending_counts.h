// What a turn changes in job_counts, gathered while its jobs are written, so that the table is
// written once and not with every job. Owned by the one that writes: whatever reads the table
// within a turn has to have it written first.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "src/job/job.h"
#include "store/sqlite/connection.h"

namespace jobgate::sqlite {

class PendingCounts {
 public:
  // A job of `state` came (+1) or went (-1).
  void Add(const std::string& entrypoint, Priority priority, JobState state, int64_t change);

  // Brings the table up to it; nothing is pending then.
  void WriteTo(SqliteConnection& db);

 private:
  using Changes = std::array<int64_t, kAllJobStates.size()>;  // by state
  std::map<std::pair<std::string, Priority>, Changes> changes_;
};

}  // namespace jobgate::sqlite
