#include "tests/simulation/daemon.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "src/config/load.h"
#include "store/jsonl/jsonl_store.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/conformance/plain_store.h"
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

StoreKind StoreOf(uint64_t seed) {
  const char* chosen = std::getenv("JOBGATE_SIM_STORE");
  for (const StoreKind kind : {StoreKind::kSqlite, StoreKind::kJsonl, StoreKind::kPlain})
    if (chosen && chosen == NameOf(kind)) return kind;
  if (chosen) throw std::runtime_error("JOBGATE_SIM_STORE is neither sqlite nor jsonl nor plain");
  return seed % 2 == 1 ? StoreKind::kSqlite : StoreKind::kJsonl;
}

std::string_view NameOf(StoreKind kind) {
  if (kind == StoreKind::kPlain) return "plain";
  return kind == StoreKind::kSqlite ? "sqlite" : "jsonl";
}

SimDaemon::SimDaemon(SimClock& clock, SimSupervisor& supervisor, Dice& dice, uint64_t seed,
                     Plant plant, StoreKind kind)
    : clock_(clock),
      supervisor_(supervisor),
      dice_(dice),
      plant_(plant),
      kind_(kind),
      dir_(FastestPlace()) {
  if (plant == Plant::kWildRandom)
    random_ = std::make_unique<WildRandom>();
  else
    random_ = std::make_unique<SeededRandom>(seed);
}

std::string SimDaemon::PathOf(int generation) const {
  return dir_ / ("jobs-" + std::to_string(generation) + ".db");
}

// Logs so small that a run seals and folds them many times; folds within the call, since a run is
// the same every time.
Result<std::unique_ptr<Store>> SimDaemon::OpenFiles() {
  if (kind_ == StoreKind::kPlain) return kept_ ? std::move(kept_) : std::make_unique<PlainStore>();
  if (kind_ == StoreKind::kSqlite) return OpenSqliteStore(PathOf(generation_));
  JsonlOptions options;
  options.seal_bytes = 48 << 10;
  options.idle_seal_bytes = 16 << 10;
  options.fold_bytes = 100 << 10;
  options.fold_apart = false;
  return OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), PathOf(generation_), options);
}

// Somebody commits to one of the two branches; now and then what no branch names is pruned.
void SimDaemon::MoveRefs() {
  auto& repository = repositories_.repositories[kRepository];
  for (const char* ref : {"main", "stable"}) {
    if (!dice_.OneIn(2) && repository.refs.contains(ref)) continue;
    std::string digits = std::to_string(++moves_);
    repository.refs[ref] = std::string(40 - digits.size(), '0') + digits;
    repository.commits[repository.refs[ref]] = {};
  }
  if (!dice_.OneIn(4)) return;
  std::erase_if(repository.commits, [&](const auto& commit) {
    return commit.first != repository.refs["main"] && commit.first != repository.refs["stable"];
  });
}

void SimDaemon::Start(SettingsPtr settings) {
  MoveRefs();
  auto store = OpenFiles();
  if (!store) throw Violation("I10", "the store does not open again: " + store.error().message);
  settings_ = std::move(settings);
  store_ = std::make_unique<SimStore>(*std::move(store), dice_, plant_);
  link_ = std::make_unique<SimLink>(supervisor_, dice_, [this] { BeforeTelling(); });
  events_found_ = store_->LastEventSeq().value();
  engine_ = std::make_unique<Engine>(
      EngineWorld{*store_, clock_, *random_, *link_, files_, repositories_, observer_},
      ToEngine(*settings_));
}

// Copies what a kill would leave, the log not checkpointed and an open transaction in it, before
// SQLite may tidy up.
void SimDaemon::AbandonFiles() {
  if (kind_ == StoreKind::kPlain) kept_ = store_->TakeInner();
  if (kind_ != StoreKind::kSqlite) return store_.reset();  // which writes nothing any more
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

StoreFaults SimDaemon::DrawFaults() {
  StoreFaults faults;
  if (!dice_.OneIn(20)) return faults;
  switch (dice_.Below(6)) {
    case 0:
      faults.failing_call = dice_.Below(60);
      break;
    case 1:
      faults.crashing_call = dice_.Below(60);
      break;
    case 2:
      crashing_tell_ = dice_.Below(4);
      break;
    default:
      faults.commit = static_cast<CommitFault>(dice_.Between(1, 4));
  }
  if (dice_.OneIn(3)) faults.failing_reopens = static_cast<int>(dice_.Between(1, 3));
  return faults;
}

std::string SimDaemon::EventLog() const {
  if (!is_up()) return "";
  std::string text;
  int64_t after = 0;
  for (;;) {
    const auto events = store_->inner().Events({after, std::nullopt, 500});
    if (!events || events->empty()) return text;
    for (const Event& event : *events)
      text += std::to_string(event.seq) + " " + FormatTime(event.at) + " " + event.type + " " +
              event.job_id.value_or("-") + " " + event.actor.value_or("-") + " " + event.payload +
              "\n";
    after = events->back().seq;
  }
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
