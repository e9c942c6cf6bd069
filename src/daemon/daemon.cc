#include "src/daemon/daemon.h"

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "src/api/version.h"
#include "src/base/url.h"
#include "src/config/load.h"
#include "src/config/secrets.h"
#include "src/daemon/bus_error.h"
#include "src/daemon/local_token.h"
#include "src/daemon/process_user.h"
#include "src/daemon/store_presence.h"
#include "store/open_store.h"

namespace jobgate {
namespace {

constexpr size_t kCommandsMax = 4096;
constexpr size_t kQueriesMax = 1024;
constexpr size_t kUpkeepMax = 8;
// A turn comes before a list, and both before a query or a backup of the whole history.
constexpr int kReaderNiceness = 5;
constexpr int kUpkeepNiceness = 10;
constexpr mode_t kOwnerOnly = 0700;

template <typename T>
T OrFail(Result<T> result) {
  if (!result) throw StartFailure(std::move(result).error());
  return *std::move(result);
}
template <typename T>
T OrInvalid(Result<T> result) {
  if (!result) throw InvalidSettings(std::move(result).error());
  return *std::move(result);
}

void OrFail(Result<void> result) {
  if (!result) throw StartFailure(std::move(result).error());
}

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void MakeStoreFolder(FileSystem& files, const std::string& folder) {
  if (auto made = files.MakeDirectories(folder, kOwnerOnly); !made)
    throw StartFailure({Code::kStoreFault, made.error().message + "; make the store's folder " +
                                               folder +
                                               " for this user, or name another store.path"});
}

void CheckWritable(const std::string& folder) {
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return;
  throw StartFailure({Code::kStoreFault, "the store's folder " + folder + " cannot be written: " +
                                             std::generic_category().message(errno) +
                                             "; run as its owner, or name another store.path"});
}

Json SweepJson(const SweepResult& result) {
  return {{"forgotten", result.forgotten},
          {"logsRemoved", result.logs_removed},
          {"bytesRemoved", result.bytes_removed},
          {"bytesOver", result.bytes_over},
          {"problems", result.problems}};
}

void TellSweep(Logger& logger, const SweepResult& result) {
  for (const std::string& problem : result.problems)
    logger.Write(LogLevel::kWarning, "retention", {{"problem", problem}});
  if (result.bytes_over > 0)
    logger.Write(LogLevel::kWarning, "retention",
                 {{"problem", "jobs that have not ended hold more logs than history.maxLogBytes"},
                  {"bytes_over", result.bytes_over}});
  if (result.forgotten == 0 && result.logs_removed == 0) return;
  logger.Write(LogLevel::kInfo, "retention",
               {{"forgotten", result.forgotten},
                {"logs_removed", result.logs_removed},
                {"bytes_removed", result.bytes_removed}});
}

void TellApprovals(Logger& logger, const ApprovalStatus& status) {
  if (!status.warning.empty())
    logger.Write(LogLevel::kWarning, "approvals",
                 {{"repo", status.repo}, {"warning", status.warning}});
  if (status.available)
    logger.Write(LogLevel::kInfo, "approvals",
                 {{"available", true}, {"repo", status.repo}, {"account", status.account}});
  else
    logger.Write(LogLevel::kWarning, "approvals",
                 {{"available", false}, {"repo", status.repo}, {"reason", status.reason}});
}

void TellSupervisor(Logger& logger, const std::string& lost_why, int pid) {
  if (lost_why.empty())
    logger.Write(LogLevel::kInfo, "supervisor", {{"connected", true}, {"pid", pid}});
  else
    logger.Write(LogLevel::kWarning, "supervisor",
                 {{"connected", false}, {"pid", pid}, {"reason", lost_why}});
}

// Connections, streams, store and supervisor need descriptors; 1024 is few for them.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Blocked in this thread before any other starts, so that all inherit it.
UniqueFd SignalsOfTheLoop() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Daemon::Daemon(const std::string& config_path, DaemonWorld world) : world_(world) {
  const mode_t found_umask = ::umask(0077);
  RaiseDescriptorLimit();
  config_ = OrInvalid(LoadConfig(config_path, world_.files));
  secrets_ = std::make_shared<const FixedSecrets>(
      OrInvalid(LoadSecrets(*config_, FromEnvironment, world_.files)));
  logger_ = std::make_unique<Logger>(OrFail(OpenLog(*config_)));
  const std::string store_dir = config_->StoreDir();
  MakeStoreFolder(world_.files, store_dir);
  CheckWritable(store_dir);

  SupervisorProgram program;
  program.job_umask = found_umask;
  supervisor_ = std::make_unique<SupervisorClient>(store_dir, world_.clock, std::move(program));
  OrFail(supervisor_->Reach());
  lock_ = std::make_unique<StoreLock>(OrFail(StoreLock::Acquire(
      config_->store.path,
      {::getpid(), world_.clock.Now(), Authority(config_->http.host, config_->http.port),
       std::string(kVersion)})));
  TellOfBusErrors(config_->store.path);
  const bool was_used = world_.files.Stat(store_dir + "/token").has_value();
  if (const std::string missing = OrFail(LookForStore(config_->store.path, was_used));
      !missing.empty())
    logger_->Write(LogLevel::kWarning, "store", {{"warning", missing}});
  between_turns_ = std::make_unique<BetweenTurns>();
  auto opened =
      OrFail(OpenStore(config_->store.type, config_->store.path, [this](BetweenTurns::Piece piece) {
        return between_turns_->Do(std::move(piece));
      }));
  store_ = std::move(opened.store);
  for (const std::string& warning : opened.warnings)
    logger_->Write(LogLevel::kWarning, "store", {{"warning", warning}});
  const std::string token = OrFail(LocalToken(world_.files, world_.random, store_dir));

  slot_ = std::make_unique<ConfigSlot>(config_, world_.clock.Now());
  events_ = std::make_unique<EventLog>(*logger_);
  mailbox_ = std::make_unique<Mailbox>(kCommandsMax);
  approvals_ = std::make_unique<ApprovalWatcher>(
      GitHubWorld{world_.http, world_.processes, world_.files, world_.clock, world_.random,
                  FromEnvironment},
      *slot_, *mailbox_, [this](const ApprovalStatus& status) { TellApprovals(*logger_, status); });
  engine_ = std::make_unique<Engine>(
      EngineWorld{*store_, world_.clock, world_.random, *supervisor_, world_.files,
                  world_.repositories, *events_, ProcessUser(FromEnvironment), approvals_.get()},
      Settings{config_, secrets_});
  reloader_ = std::make_unique<Reloader>(
      ReloaderWorld{world_.files, world_.clock, FromEnvironment, *slot_, *logger_, *mailbox_},
      secrets_);

  HttpOptions http;
  http.host = config_->http.host;
  http.port = config_->http.port;
  http.local_token = token;
  http.local_actor = LocalActor();
  http.store_dir = store_dir;
  http.runs_dir = store_dir + "/runs";
  http.reload_config = [this](const Actor& actor, std::function<void(Result<Json>)> answer) {
    reloader_->Ask(actor, std::move(answer));
  };
  http.approval_status = [this] { return approvals_->Status(); };
  http.look_at_issue = [this](int64_t issue, std::function<void(Result<void>)> done) {
    approvals_->LookNow(issue, std::move(done));
  };
  http.hint_of_issue = [this](int64_t issue) { approvals_->Hint(issue); };
  http.environment = FromEnvironment;
  http.post_upkeep = [this](std::function<void(StoreUpkeep&)> query) {
    return upkeep_->Post(std::move(query));
  };
  signals_ = SignalsOfTheLoop();
  reader_ = std::make_unique<ReaderThread>(std::move(opened.reader), kQueriesMax, kReaderNiceness);
  run_folders_ = std::make_unique<PosixRunFolders>(http.runs_dir);
  retention_ = std::make_unique<RetentionThread>(
      *mailbox_, *reader_, *run_folders_,
      [this](const SweepResult& result) { TellSweep(*logger_, result); });
  http.clean_store = [this](const std::function<void(const Json&)>& done) {
    return retention_->SweepNow([done](const SweepResult& result) { done(SweepJson(result)); });
  };
  upkeep_ = std::make_unique<UpkeepThread>(std::move(opened.upkeep), kUpkeepMax, kUpkeepNiceness);
  http_ = std::make_unique<HttpServer>(std::move(http), *mailbox_, *reader_, *slot_, world_.clock);
  OrFail(http_->Start());
  supervisor_->OnChange([this](const std::string& lost_why) {
    TellSupervisor(*logger_, lost_why, supervisor_->supervisor_pid());
  });
  events_->OnCommitted([this](int64_t seq) { http_->EventsCommitted(seq); });
  supervisor_->Greet();
}

Daemon::~Daemon() = default;

void Daemon::Run() {
  logger_->Write(LogLevel::kInfo, "listening",
                 {{"address", Authority(config_->http.host, http_->port())},
                  {"version", kVersion},
                  {"config", config_->path},
                  {"revision", config_->revision},
                  {"store", config_->store.path},
                  {"pid", ::getpid()}});
  if (config_->worker.dry_run)
    logger_->Write(LogLevel::kWarning, "dry run: nothing is executed, see worker.dryRun");
  const auto tidy = [this] {
    if (auto tidied = store_->Tidy(); !tidied) events_->StoreFault(tidied.error());
  };
  const auto hangup = [this] { reloader_->Ask("", [](const Result<Json>&) {}); };
  EngineLoop loop(*engine_, *mailbox_, *between_turns_, *supervisor_, signals_.get(), tidy, hangup);
  reloader_->Start();
  approvals_->Start();
  loop.Run();
  if (supervisor_->fenced())
    logger_->Write(LogLevel::kError, "another daemon has taken this store's supervisor over");
  upkeep_->subject().Interrupt();
  http_->Stop();
  logger_->Write(LogLevel::kInfo, "stopped", {{"pid", ::getpid()}});
}

}  // namespace jobgate
