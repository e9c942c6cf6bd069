// Kills what is left of attempts that an earlier supervisor started: every process of this user
// whose environment names one of them, everything in the sessions of those, and all descendants.
#pragma once
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "src/base/time.h"
#include "src/supervisor/process_table.h"

namespace jobgate {

class Leftovers {
 public:
  // `spared` are never killed: this process and the daemon.
  Leftovers(std::vector<AttemptId> ids, std::set<pid_t> spared, Duration now);

  const std::vector<AttemptId>& ids() const { return ids_; }
  // Looks once and kills what it finds. True once nothing is left, or what is left has been dying
  // for too long; a killed process runs no more code of its own.
  bool KillRound(Duration now);
  Duration next_round() const { return next_round_; }

 private:
  void Find();
  void ForgetDead();

  const std::vector<AttemptId> ids_;
  const std::set<AttemptId> wanted_;
  const std::set<pid_t> spared_;
  std::map<pid_t, uint64_t> hunted_;  // pid and start, until it is seen dead
  Duration dying_since_;
  Duration pause_;
  Duration next_round_;
};

}  // namespace jobgate
