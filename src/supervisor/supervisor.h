// The process that holds the attempts and outlives the daemon. One thread, one loop; nothing here
// is shared. Started by SupervisorClient through RunSupervisor.
#pragma once
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/base/clock.h"
#include "src/base/unique_fd.h"
#include "src/supervisor/daemon_link.h"
#include "src/supervisor/leaving_note.h"
#include "src/supervisor/leftovers.h"
#include "src/supervisor/live_attempt.h"
#include "src/supervisor/poller.h"
#include "src/supervisor/progress_watch.h"
#include "src/supervisor/sealed_folders.h"

namespace jobgate {

class Supervisor {
 public:
  // More attempts at once than this are refused, each with a failed exit record.
  static constexpr size_t kAttemptsMax = 4096;

  // `signals` is a signalfd(2) of SIGCHLD and SIGTERM; this process is a subreaper. Throws
  // std::system_error where the system lacks what it needs.
  Supervisor(UniqueFd socket_dir, UniqueFd first_connection, UniqueFd signals,
             std::string incarnation, const Clock& clock);

  // Returns when there is neither a daemon nor anything to hold for one. After SIGTERM: when every
  // attempt has been stopped, each within its grace, and the daemon (where there is one) has
  // acknowledged how they ended or some seconds are over.
  void Run();

 private:
  struct Kept {
    ExitRecord record;
    Duration ended_at{};  // monotonic
  };

  using Attempts = std::map<AttemptId, std::unique_ptr<LiveAttempt>>;

  std::vector<Ready> WaitForEvents();
  bool MayLeave() const;
  void Leave();
  std::optional<Duration> TimeToNextDeadline() const;
  void Handle(const Ready& ready);
  void OnSignals();
  void OnExits();
  void Tick(LiveAttempt& attempt);

  void Obey(const wire::Order& order);
  void Welcome();
  void Forget(const AttemptId& id);
  void Prepare(const SpawnRequest& request);
  void StartPrepared(const AttemptId& id);
  void Spawn(const SpawnRequest& request);
  bool IsToStart(const AttemptId& id);
  void Start(const AttemptId& id, Result<PreparedAttempt> prepared);
  void KillLeftovers(const std::vector<AttemptId>& ids);
  void HuntLeftovers();

  bool Watch(LiveAttempt& attempt);
  void Finish(LiveAttempt& attempt);
  void ClearUp();
  void Keep(Kept kept);
  void KeepFailure(const AttemptId& id, std::string why);
  void Tell(const Kept& kept);
  const Kept* FindEnded(const AttemptId& id) const;
  LiveAttempt* FindRunning(uint64_t serial) const;

  const Clock& clock_;
  const std::string incarnation_;
  UniqueFd signals_;
  Poller poller_;
  LeavingNote note_;
  SealedFolders sealed_;
  DaemonLink link_;
  ChildStarter starter_;
  SpareRunDirs spares_;
  ProcessTrees trees_;
  ProgressWatch progress_;

  Duration now_{};                                         // constant within one round of the loop
  std::map<AttemptId, Result<PreparedAttempt>> prepared_;  // for the daemon that is connected
  Attempts attempts_;
  std::vector<std::unique_ptr<LiveAttempt>> over_;  // their records are taken
  std::unordered_map<uint64_t, LiveAttempt*> by_serial_;
  uint64_t last_serial_ = 0;
  std::vector<uint64_t> exited_;
  bool child_signal_ = false;
  std::deque<Kept> ended_;         // not acknowledged
  std::set<AttemptId> forgotten_;  // the last ones that were
  std::deque<AttemptId> forgotten_in_order_;
  std::list<Leftovers> leftovers_;
  bool stopping_ = false;             // after SIGTERM
  std::optional<Duration> leave_at_;  // when stopping: how long acknowledgements are waited for
};

}  // namespace jobgate
