// One attempt from its start to the death of its last process. Passive: the supervisor tells it
// what happened and asks when it next wants to be looked at.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/supervisor/child_process.h"
#include "src/supervisor/log_pipe.h"
#include "src/supervisor/prepared_attempt.h"
#include "src/supervisor/process_trees.h"
#include "src/supervisor/run_dir.h"
#include "src/worker/spawner.h"

namespace jobgate {

class LiveAttempt {
 public:
  // Starts what was prepared for `trees`, which must outlive the attempt. `serial` names it in
  // events. Errors: the message says why nothing was started.
  static Result<std::unique_ptr<LiveAttempt>> Start(PreparedAttempt prepared, uint64_t serial,
                                                    Duration now, ProcessTrees& trees);

  const AttemptId& id() const { return id_; }
  uint64_t serial() const { return serial_; }
  pid_t pid() const { return child_.pid(); }
  int pidfd() const { return child_.pidfd(); }
  const RunDir& dir() const { return dir_; }
  LogPipe& out() { return out_; }
  LogPipe& err() { return err_; }

  // TERM now and KILL after `grace`; an earlier KILL stays. Once the main process ended it does
  // nothing.
  void Stop(Duration now, Duration grace);
  // The same with the grace it was spawned with.
  void StopAsSpawned(Duration now) { Stop(now, kill_grace_); }

  // KILL now.
  void Kill();

  // Does what is due: timeout, KILL, and another round of killing what was left behind.
  void Tick(Duration now);
  // When Tick or DueProgress have something to do; none = never.
  std::optional<Duration> NextDeadline() const;

  // The main process has ended and waits to be reaped.
  void OnExit(Duration now);
  bool has_ended() const { return ended_at_.has_value(); }
  // True once nothing of it lives, or what lives is in the middle of dying for too long. Then the
  // record can be taken, once.
  bool IsOver() const { return over_; }
  // Reaps the main process, empties the pipes, reads what the job left.
  ExitRecord TakeRecord();
  Duration ended_at() const { return *ended_at_; }
  // After TakeRecord: the folder, where nothing that may still write to it is alive.
  std::optional<RunDir> TakeDir();
  // Where the program ran from a sealed copy; its folder is of no use once the attempt is over.
  const std::optional<SealOrder>& seal() const { return seal_; }

  // True once, when the attempt has run long enough to be worth a watch on its progress file.
  bool WantsProgressWatch(Duration now);
  void MarkProgress() { progress_changed_ = true; }
  void PostponeProgress(Duration now);
  // The new last line, where there is one and the last was told long enough ago.
  std::optional<std::string> DueProgress(Duration now);

 private:
  enum class Stopping { kNo, kTerm, kKill };

  LiveAttempt(PreparedAttempt prepared, uint64_t serial, Duration now, ProcessTrees& trees);
  bool HasExited() const;
  void Sweep(Duration now);
  void SendTerm(Duration now, Duration grace);
  std::optional<std::string> ReadProgress() const;
  std::optional<std::string> ReadJsonFile(const char* name) const;
  ExitStatus StatusFrom(int wait_status) const;
  // Of a sealing process that did not come to be the job's program.
  std::optional<std::string> WhyNotSealed(const ExitStatus& status) const;

  const AttemptId id_;
  const uint64_t serial_;
  const Duration started_at_;
  const Duration kill_grace_;
  const std::vector<std::string> redact_;
  const std::optional<SealOrder> seal_;
  ProcessTrees& trees_;
  RunDir dir_;
  LogPipe out_;
  LogPipe err_;
  ChildProcess child_;

  Stopping stopping_ = Stopping::kNo;
  bool timed_out_ = false;
  std::optional<Duration> timeout_at_;
  std::optional<Duration> kill_at_;
  std::optional<Duration> ended_at_;
  std::optional<Duration> sweep_at_;
  Duration dying_since_{};
  bool over_ = false;
  bool all_dead_ = false;

  bool progress_watched_ = false;
  bool progress_changed_ = false;
  std::string progress_told_;
  Duration progress_due_;  // not before
};

}  // namespace jobgate
