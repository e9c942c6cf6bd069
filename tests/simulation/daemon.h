// One daemon of the simulated world: the real engine over the real store, restarted again and
// again on the files that its predecessors left.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/engine/engine.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/link.h"
#include "tests/simulation/settings.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_store.h"
#include "tests/support/fake_repositories.h"
#include "tests/support/memory_files.h"
#include "tests/support/temp_dir.h"

namespace jobgate::sim {

// What the engine told its observer since the last look.
class SimObserver final : public EngineObserver {
 public:
  void Committed(const std::vector<Event>& events) override {
    committed.insert(committed.end(), events.begin(), events.end());
  }
  void Refused(const Actor&, const Error&) override { ++refused; }
  void StoreFault(const Error& why) override { store_faults.push_back(why.message); }

  std::vector<Event> committed;
  int64_t refused = 0;
  std::vector<std::string> store_faults;
};

class SimSecrets final : public SecretSource {
 public:
  explicit SimSecrets(std::string value) : value_(std::move(value)) {}
  std::optional<std::string> Find(const std::string&) const override { return value_; }

 private:
  const std::string value_;
};

// As the engine gets them.
jobgate::Settings ToEngine(const Settings& settings);

// On which kind of store a world runs: JOBGATE_SIM_STORE ("sqlite", "jsonl", or "plain": the one
// of tests/conformance, in memory), or else every second seed on each of the first two.
enum class StoreKind { kSqlite, kJsonl, kPlain };
StoreKind StoreOf(uint64_t seed);
std::string_view NameOf(StoreKind kind);

class SimDaemon {
 public:
  struct TurnResult {
    bool crashed = false;
    std::optional<Duration> until;  // as RunTurn returned it
  };

  SimDaemon(SimClock& clock, SimSupervisor& supervisor, Dice& dice, uint64_t seed, Plant plant,
            StoreKind kind);

  bool is_up() const { return engine_ != nullptr; }
  // Throws Violation where the files of its predecessor do not open.
  void Start(SettingsPtr settings);
  // kill -9: the store's files stay as they lie, the link breaks.
  void Die();

  TurnResult Turn(std::vector<Envelope> commands, const std::vector<SupervisorReport>& reports,
                  const StoreFaults& faults);
  // Draws what goes wrong in a turn; mostly nothing.
  StoreFaults DrawFaults();
  // The durable event log as text, a line each; empty while it is down.
  std::string EventLog() const;
  // How many its predecessors left.
  int64_t events_found() const { return events_found_; }
  // To be called by every reply.
  void BeforeTelling();

  Engine& engine() { return *engine_; }
  SimStore& store() { return *store_; }
  SimLink& link() { return *link_; }
  SimObserver& observer() { return observer_; }
  const SettingsPtr& settings() const { return settings_; }
  // It has taken them over.
  void RunBy(SettingsPtr settings) { settings_ = std::move(settings); }

 private:
  class WildRandom;

  std::string PathOf(int generation) const;
  Result<std::unique_ptr<Store>> OpenFiles();
  void AbandonFiles();
  void MoveRefs();

  SimClock& clock_;
  SimSupervisor& supervisor_;
  Dice& dice_;
  const Plant plant_;
  const StoreKind kind_;
  TempDir dir_;
  int generation_ = 0;
  std::unique_ptr<Store> kept_;  // of kPlain, while it is down
  int64_t events_found_ = 0;
  int64_t crashing_tell_ = -1;  // the call at which it dies: a reply, a spawn
  std::unique_ptr<Random> random_;
  FakeRepositories repositories_;
  int64_t moves_ = 0;  // of a ref
  MemoryFiles files_;  // none: what its jobs run lies elsewhere
  SimObserver observer_;
  SettingsPtr settings_;
  std::unique_ptr<SimStore> store_;
  std::unique_ptr<SimLink> link_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace jobgate::sim
