// One running daemon: opens everything in the order that recovery needs, wires it together, and
// runs the loop. Nothing but wiring happens here.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include "approvals/watcher/approval_watcher.h"
#include "src/base/clock.h"
#include "src/base/file_system.h"
#include "src/base/random.h"
#include "src/base/unique_fd.h"
#include "src/config/config_slot.h"
#include "src/daemon/event_log.h"
#include "src/daemon/logger.h"
#include "src/daemon/reloader.h"
#include "src/engine/engine.h"
#include "src/http/http_server.h"
#include "src/loop/engine_loop.h"
#include "src/loop/mailbox.h"
#include "src/retention/retention_thread.h"
#include "src/supervisor/supervisor_client.h"
#include "store/reader_thread.h"
#include "store/store_lock.h"
#include "store/upkeep_thread.h"

namespace jobgate {

// A start that is not possible; `error` says what to do.
struct StartFailure : std::runtime_error {
  explicit StartFailure(Error why) : std::runtime_error(why.message), error(std::move(why)) {}
  Error error;
};

// Settings, or secrets that they name, which no start can do with.
struct InvalidSettings : StartFailure {
  using StartFailure::StartFailure;
};

// References of the process, owned by main.
struct DaemonWorld {
  const Clock& clock;
  Random& random;
  FileSystem& files;
  GitRepositories& repositories;
  HttpTransport& http;
  ProcessRunner& processes;
};

class Daemon {
 public:
  // Connects to the supervisor of this store or starts one, then takes the lock, opens the store
  // and listens. Throws StartFailure; InvalidSettings before anything was touched.
  Daemon(const std::string& config_path, DaemonWorld world);
  ~Daemon();

  // Until SIGTERM or SIGINT. Running jobs go on under the supervisor.
  void Run();

 private:
  DaemonWorld world_;
  std::shared_ptr<const Config> config_;  // of the start
  std::shared_ptr<const FixedSecrets> secrets_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<SupervisorClient> supervisor_;
  std::unique_ptr<StoreLock> lock_;
  std::unique_ptr<BetweenTurns> between_turns_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ConfigSlot> slot_;
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<ReaderThread> reader_;
  std::unique_ptr<UpkeepThread> upkeep_;
  std::unique_ptr<ApprovalWatcher> approvals_;
  std::unique_ptr<Engine> engine_;
  UniqueFd signals_;
  std::unique_ptr<PosixRunFolders> run_folders_;
  std::unique_ptr<RetentionThread> retention_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace jobgate
