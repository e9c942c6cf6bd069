// Which living processes belong to which attempt. The supervisor is the subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER) of everything that attempts start: whatever loses its parent becomes a
// child of the supervisor, also after setsid and double fork. While the supervisor has no children
// but the attempts' main processes ("leaders", and those that wait to be), nothing is left behind
// by anybody; that costs one system call to know. Otherwise an orphan is told by its session, by
// what was seen of its tree before, and by its environment; one that hides all three is left alone
// until no attempt that may have started it still runs.
#pragma once
#include <sys/types.h>

#include <map>
#include <set>
#include <vector>

#include "src/supervisor/process_table.h"

namespace jobgate {

enum class Remains {
  kNone,   // nothing of the tree lives
  kDying,  // all that lives has been killed before this time
  kAlive,
};

class ProcessTrees {
 public:
  // A child of this process that has started nothing yet, until it becomes a leader or is gone.
  void AddWaiting(pid_t child) { waiting_.insert(child); }
  void RemoveWaiting(pid_t child) { waiting_.erase(child); }
  // `leader` is a child of this process, leads a session of its own, or will before it starts
  // anything, and is not reaped yet.
  void AddLeader(pid_t leader, const AttemptId& id);
  // The leader has ended: what it left behind has no more right to live.
  void MarkEnded(pid_t leader);
  // Reaps the leader. Returns its wait status (waitpid(2)), with the usage of its tree added up.
  int ReapLeader(pid_t leader, Usage& usage);

  // Looks at the children once: takes in new orphans, reaps those that ended.
  void Refresh();
  // Sends `signal` to the leader's process group and to every other process of its tree.
  void Signal(pid_t leader, int signal);
  // Kills what an ended leader left behind, and tells what it found.
  Remains KillRemains(pid_t leader);

 private:
  using ProcessKey = std::pair<pid_t, uint64_t>;  // pid, start
  struct Leader {
    AttemptId id;
    bool ended = false;
    Usage orphans_usage;
    std::set<ProcessKey> seen;    // members of the tree, kept for when they become orphans
    std::set<ProcessKey> killed;  // after its end
  };
  struct Orphan {
    pid_t owner = 0;  // leader; 0 = not known
    uint64_t start_ticks = 0;
  };

  void TakeIn(pid_t pid);
  bool Reap(pid_t orphan);
  pid_t OwnerOf(pid_t pid, uint64_t start_ticks) const;
  bool Owns(pid_t leader, const Orphan& orphan) const;
  // Living processes of the tree but for the leader, remembered from now on.
  std::vector<ProcessKey> Members(pid_t leader);

  OwnChildren children_;
  std::set<pid_t> waiting_;
  std::map<pid_t, Leader> leaders_;
  std::map<pid_t, Orphan> orphans_;
};

}  // namespace jobgate
