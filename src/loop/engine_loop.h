// The loop thread: epoll over mailbox, supervisor and signals; one engine turn whenever
// something arrived or is due. No polling interval anywhere.
#pragma once
#include <functional>

#include "src/base/unique_fd.h"
#include "src/engine/engine.h"
#include "src/loop/between_turns.h"
#include "src/loop/mailbox.h"
#include "src/supervisor/supervisor_client.h"

namespace jobgate {

class EngineLoop {
 public:
  // All must outlive the loop. `signals` is a signalfd(2) of SIGTERM and SIGINT (stop) and
  // SIGHUP (calls `hangup`); `tidy` runs when nothing has happened for a while after a turn, and
  // now and then until seconds later.
  EngineLoop(Engine& engine, Mailbox& mailbox, BetweenTurns& between, SupervisorClient& supervisor,
             int signals, std::function<void()> tidy, std::function<void()> hangup);

  // Returns after SIGTERM or SIGINT, or when another daemon has taken the supervisor over;
  // commands and work that still wait are then answered with kUnavailable. Jobs run on under the
  // supervisor.
  void Run();

 private:
  void Watch(int fd);
  int WaitMs() const;
  void WaitForWork();
  bool StopWasAsked();
  void Turn();
  void TidyWhenIdle();

  Engine& engine_;
  Mailbox& mailbox_;
  BetweenTurns& between_;
  SupervisorClient& supervisor_;
  const int signals_;
  const std::function<void()> tidy_;
  const std::function<void()> hangup_;
  UniqueFd epoll_;
  SystemClock clock_;
  std::optional<Duration> due_at_;  // monotonic; of the engine
  std::optional<Duration> tidy_at_;
  Duration tidy_pause_{};
};

}  // namespace jobgate
