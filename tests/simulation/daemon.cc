#include "tests/simulation/daemon.h"

#include <filesystem>
#include <stdexcept>

#include "src/config/load.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

namespace fs = std::filesystem;

// Memory, where there is a file system in it: a sync costs nothing there.
fs::path FastestPlace() {
  std::error_code ignored;
  return fs::is_directory("/dev/shm", ignored) ? fs::path("/dev/shm") : fs::temp_directory_path();
}

std::shared_ptr<const Config> ConfigOf(const Settings& settings) {
  auto config = ParseConfig(ToConfigText(settings), kConfigPath, kConfigPath);
  if (!config) throw std::logic_error("the simulator's settings: " + config.error().message);
  return *std::move(config);
}

}  // namespace

jobgate::Settings ToEngine(const Settings& settings) {
  return {ConfigOf(settings), std::make_shared<const SimSecrets>(settings.secret)};
}

// Not to be repeated from the seed.
class SimDaemon::WildRandom final : public Random {
 public:
  uint64_t Next() override { return system_.Next(); }

 private:
  SystemRandom system_;
};

SimDaemon::SimDaemon(SimClock& clock, SimSupervisor& supervisor, Dice& dice, uint64_t seed,
                     Plant plant)
    : clock_(clock), supervisor_(supervisor), dice_(dice), plant_(plant), dir_(FastestPlace()) {
  if (plant == Plant::kWildRandom)
    random_ = std::make_unique<WildRandom>();
  else
    random_ = std::make_unique<SeededRandom>(seed);
}

std::string SimDaemon::PathOf(int generation) const {
  return dir_ / ("jobs-" + std::to_string(generation) + ".db");
}

void SimDaemon::Start(SettingsPtr settings) {
  auto store = OpenSqliteStore(PathOf(generation_));
  if (!store) throw Violation("I10", "the store does not open again: " + store.error().message);
  settings_ = std::move(settings);
  store_ = std::make_unique<SimStore>(*std::move(store), dice_, plant_);
  link_ = std::make_unique<SimLink>(supervisor_, dice_, [this] { BeforeTelling(); });
  events_found_ = store_->LastEventSeq().value();
  engine_ = std::make_unique<Engine>(
      EngineWorld{*store_, clock_, *random_, *link_, files_, observer_}, ToEngine(*settings_));
}

// Copies what a kill would leave, the log not checkpointed and an open transaction in it, before
// SQLite may tidy up.
void SimDaemon::AbandonFiles() {
  const std::string from = PathOf(generation_), to = PathOf(++generation_);
  for (const char* suffix : {"", "-wal"})
    if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
  store_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(from + suffix);
}

void SimDaemon::Die() {
  crashing_tell_ = -1;
  link_->Break();
  engine_.reset();
  link_.reset();
  AbandonFiles();
}

void SimDaemon::BeforeTelling() {
  if (crashing_tell_ >= 0 && crashing_tell_-- == 0) throw Crash{};
}

SimDaemon::TurnResult SimDaemon::Turn(std::vector<Envelope> commands,
                                      const std::vector<SupervisorReport>& reports,
                                      const StoreFaults& faults) {
  store_->Arm(faults);
  try {
    const auto until = engine_->RunTurn(std::move(commands), reports);
    store_->Disarm();
    crashing_tell_ = -1;
    return {false, until};
  } catch (const Crash&) {
    return {true, std::nullopt};
  }
}

}  // namespace jobgate::sim
