// A simulated world in which gates are decided on GitHub: a daemon with its watcher, its
// supervisor, GitHub and the people there, and everything that goes wrong between them. All of it
// follows from the seed.
#pragma once
#include <string>
#include <vector>

#include "tests/simulation/approval/approval_book.h"
#include "tests/simulation/approval/crowd.h"
#include "tests/simulation/approval/hub.h"
#include "tests/simulation/approval/watcher.h"
#include "tests/simulation/daemon.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/supervisor.h"
#include "tests/simulation/trace.h"

namespace jobgate::sim {

struct ApprovalFigures {
  int64_t steps = 0;
  int64_t turns = 0;
  int64_t happenings = 0;  // labels, comments, edits, closings and what undoes them
  int64_t jobs = 0;
  int64_t starts = 0;  // of gated steps
  int64_t rejections = 0;
  int64_t crashes = 0;  // of the daemon
  int64_t store_faults = 0;
  uint64_t trace = 0;
};

class ApprovalWorld {
 public:
  ApprovalWorld(uint64_t seed, StoreKind kind);

  // The safety phase: everything may go wrong. Throws Violation.
  void Step();
  // The liveness phase: nothing goes wrong any more, and people say plainly what they want. Throws
  // Violation.
  void ComeToRest();

  ApprovalFigures figures() const;
  // As SimDaemon's.
  std::string EventLog() const { return daemon_.EventLog(); }

 private:
  void Disturb();
  void KillDaemon();
  void StartDaemon(SettingsPtr settings);
  void PassTime();
  std::vector<Command> DrawCommands();
  Command Submission();
  Command OnSomeJob();
  JobId SomeJob();
  std::vector<Standing> Standings() const;
  void RunTurn(std::vector<Command> commands, const StoreFaults& faults, SettingsPtr reload);
  Envelope Send(Command command);
  // Calls off what stands there, then says yes or no; each once.
  void DecidePlainly();

  Dice dice_;
  Trace trace_;
  SimClock clock_;
  Ledger ledger_;
  SimSupervisor supervisor_;
  SimDaemon daemon_;
  Hub hub_;
  Crowd crowd_;
  SimWatcher watcher_;
  ApprovalBook book_;
  const int64_t liveliness_;  // happenings between two steps, at most
  ApprovalFigures figures_;
  std::vector<ApprovalWork> handed_out_;          // in this turn
  std::optional<ApprovalBook::Turn> unfinished_;  // the daemon died in it
  std::map<std::string, int> decisions_;          // how far they are, by digest
};

}  // namespace jobgate::sim
