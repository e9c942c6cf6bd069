// The supervisor's side of the simulated world: it outlives the daemon, its processes live on
// while nobody listens, and it keeps exit records until they are acknowledged. Behaves as
// src/supervisor/supervisor.cc does, message by message.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/dice.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/orders.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/script.h"
#include "tests/simulation/sim_clock.h"

namespace jobgate::sim {

class SimSupervisor {
 public:
  using News = std::deque<SupervisorReport>;

  SimSupervisor(Ledger& ledger, const SimClock& clock, uint64_t seed, Plant plant);

  // Hello makes `listener` the one that is told; it is told nothing before.
  void Obey(const Order& order, News& listener);
  void StopListening() { listener_ = nullptr; }

  // What the processes did until now, in the order of their times.
  void CatchUp();
  // When something happens by itself next (monotonic).
  std::optional<Duration> NextDue() const;

  // SIGKILL, and a fresh supervisor: records are gone, processes live on as leftovers.
  void Die();

  const std::string& incarnation() const { return incarnation_; }
  size_t live_processes() const { return processes_.size() + orphans_.size(); }

 private:
  struct Kept {
    ExitRecord record;
    Duration ended_at{};
  };
  struct Process {
    SpawnRequest request;
    Script script;
    Duration started{};
    Duration ends{};  // as things stand
    ExitStatus ending;
    size_t progress_told = 0;
    std::optional<Duration> term_at;  // by timeout, at first
    std::optional<Duration> kill_at;
    bool timed_out = false;
    bool terminated = false;
  };
  using Processes = std::map<AttemptId, Process>;

  void Welcome();
  void Spawn(const SpawnRequest& request);
  void Start(const SpawnRequest& request);
  void Terminate(Process& process, Duration at, Duration grace);
  void KillLeftovers(const std::vector<AttemptId>& ids);
  void Advance(Process& process, Duration at);
  void Finish(const AttemptId& id, Process process);
  ExitRecord AsOfNow(const Kept& kept) const;
  void Tell(SupervisorReport report);
  static Duration NextOf(const Process& process);

  Ledger& ledger_;
  const SimClock& clock_;
  Dice dice_;
  const Plant plant_;
  int generation_ = 1;
  std::string incarnation_ = "incarnation-1";
  News* listener_ = nullptr;
  Processes processes_;
  Processes orphans_;  // of dead incarnations
  std::map<AttemptId, Kept> ended_;
};

}  // namespace jobgate::sim
