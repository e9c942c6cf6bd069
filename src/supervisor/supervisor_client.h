// The daemon's side of the supervisor. Owned by the loop thread; never blocks on the supervisor.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/unique_fd.h"
#include "src/supervisor/connection.h"
#include "src/supervisor/protocol.h"
#include "src/supervisor/supervisor_launch.h"
#include "src/worker/spawner.h"

namespace jobgate {

class SupervisorClient final : public ProcessSpawner {
 public:
  // `socket_dir` is the store's folder, absolute, and there. `clock` must outlive the client.
  // Throws std::system_error where the system has no descriptor left.
  SupervisorClient(std::string socket_dir, const Clock& clock, SupervisorProgram program = {});

  // First, before the store's lock, threads or sockets: connects to the running supervisor of this
  // store, or starts one. Changes nothing in the folder but supervisor.log. Errors: kUnavailable.
  Result<void> Reach();
  // Second, with the store's lock held: makes this daemon the one the supervisor hears. Prefers a
  // supervisor that listens by now over one that Reach started. SupervisorConnected follows as a
  // report, and from then on a lost supervisor is looked for, or replaced, without end.
  void Greet();

  // Readable when OnReady has something to do: news, room to write, time to try again. The same
  // descriptor for as long as the client lives.
  int fd() const { return poll_.get(); }
  void OnReady();
  // Called when a connection that stood is lost, with the reason, and with "" when one stands.
  void OnChange(std::function<void(const std::string& why)> tell) { tell_ = std::move(tell); }
  std::vector<SupervisorReport> TakeReports();
  // Sends what waits. To be called at the end of each turn: acknowledgements wait for it, the other
  // orders go at once.
  void Flush();

  bool connected() const { return state_ == State::kConnected; }
  // 0 while not connected.
  int supervisor_pid() const { return connected() ? supervisor_pid_ : 0; }
  // True for good once another daemon said hello to the same supervisor, which only the holder of
  // the store's lock may do: this daemon is to stop.
  bool fenced() const { return state_ == State::kFenced; }
  // Why there is no connection; empty while connected.
  const std::string& trouble() const { return trouble_; }

  // ProcessSpawner. While not connected, orders are dropped.
  void Prepare(const SpawnRequest& request) override;
  void Spawn(const SpawnRequest& request) override;
  void Stop(const AttemptId& id, Duration grace) override;
  void Acknowledge(const AttemptId& id) override;
  void KillLeftovers(const std::vector<AttemptId>& ids) override;
  void Resync() override;

 private:
  enum class State { kIdle, kReached, kGreeted, kConnected, kWaiting, kFenced };

  void Adopt(UniqueFd socket, bool launched);
  void SayHello();
  void Retry();
  void Lose(const std::string& why);
  void OnTimer();
  void ReapSupervisors();
  void SetTimer(Duration delay);
  void ClearTimer();
  void ReadNews();
  void Take(wire::News news);
  void TakeRecord(ExitRecord record);
  void CompleteWelcome();
  void UpdateWatch();

  const std::string socket_dir_;
  const SupervisorProgram program_;
  const Clock& clock_;
  UniqueFd poll_;
  UniqueFd timer_;
  bool timer_set_ = false;

  struct Child {
    pid_t pid;
    UniqueFd pidfd;
  };
  std::vector<Child> supervisors_;  // children of this process, not reaped yet

  State state_ = State::kIdle;
  bool launched_ = false;  // the connection is to a supervisor that this client started
  std::unique_ptr<WireConnection> connection_;
  bool waits_for_room_ = false;
  std::set<AttemptId> prepared_;  // by the supervisor, over this connection
  int supervisor_pid_ = 0;
  std::string trouble_;
  std::function<void(const std::string&)> tell_;

  std::optional<SupervisorConnected> welcome_;  // until its exit records are in
  size_t records_missing_ = 0;
  std::vector<SupervisorReport> reports_;
  int failures_ = 0;  // since a connection that lasted
  Duration connected_at_{};
};

}  // namespace jobgate
