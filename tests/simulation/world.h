// One simulated world: a daemon, its supervisor, people, a clock, and everything that goes wrong
// with them, held against the checks after every step. All of it follows from the seed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/daemon.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/model.h"
#include "tests/simulation/people.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/supervisor.h"
#include "tests/simulation/trace.h"

namespace jobgate::sim {

struct Figures {
  int64_t steps = 0;
  int64_t turns = 0;
  int64_t jobs = 0;
  int64_t processes = 0;
  int64_t crashes = 0;  // of the daemon
  int64_t supervisor_deaths = 0;
  int64_t store_faults = 0;
  uint64_t trace = 0;
};

class World {
 public:
  World(uint64_t seed, Plant plant);

  // The safety phase: everything may go wrong. Throws Violation.
  void Step();
  // The liveness phase: nothing goes wrong any more, and the engine is woken only by what
  // arrives and by its own deadlines (I12). Throws Violation.
  void ComeToRest();

  Figures figures() const;
  // As SimDaemon's.
  std::string EventLog() const { return daemon_.EventLog(); }

 private:
  // What a turn is given.
  struct Input {
    std::vector<Asked> commands;
    std::vector<SupervisorReport> reports;
    StoreFaults faults;
    SettingsPtr reload = nullptr;  // other settings, from the next turn on
  };

  // --- disturbances
  void Disturb();
  void KillDaemon();
  void StartDaemon(SettingsPtr settings);
  void RunBy(SettingsPtr settings);
  void KillSupervisor();
  void JumpClock();

  // --- one step
  void PassTime();
  Input DrawInput();
  bool IsDue() const;
  void RunTurn(Input input);
  SentPtr Remember(Command command, Actor actor);
  Envelope Send(Asked asked);
  Envelope SendBatch(const SubmitBatch& batch, const Actor& actor);

  // --- checks
  struct Look {
    SettingsPtr settings;          // of the daemon whose work is looked at
    Time now;                      // its time
    bool durable = true;           // its last commit was reported as done
    bool whole = false;            // every job, not only those that moved
    int64_t last_seq = INT64_MAX;  // of its events
  };
  void Settle(const Look& look);
  void CheckTurn(bool sound, bool reloads);
  Time EngineTime() const;
  void CheckRest();

  Dice dice_;
  Trace trace_;
  SimClock clock_;
  Ledger ledger_;
  SimSupervisor supervisor_;
  SimDaemon daemon_;
  Model model_;
  People people_;
  Figures figures_;

  Time engine_base_;           // the engine's time at its start …
  Duration engine_started_{};  // … and the monotonic one
  Time died_at_;
  std::optional<Duration> due_at_;
  bool told_connected_ = false;  // the engine knows its supervisor, for sure
  std::vector<SentPtr> sent_;    // in the turns since the last look
  std::vector<Event> observed_;  // at the last look
  std::vector<JobId> claimed_;
  std::set<JobId> rehearsed_;
  size_t processes_checked_ = 0;
};

}  // namespace jobgate::sim
