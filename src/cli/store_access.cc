#include "src/cli/store_access.h"

#include <unistd.h>

#include <utility>

#include "src/api/version.h"
#include "src/config/load.h"
#include "src/supervisor/leaving_note.h"
#include "src/supervisor/socket.h"

namespace jobgate {
namespace {

constexpr Duration kPatience = std::chrono::hours(1);
constexpr Duration kBetweenLooks = std::chrono::milliseconds(50);
constexpr int kLooks = 40;
constexpr int kLooksAtHolder = 10;

Result<std::shared_ptr<const Config>> ConfigOf(Session& session) {
  auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return tl::unexpected<Error>(std::move(path).error());
  auto config = LoadConfig(*path, session.world().files);
  if (!config)
    return Fail(Code::kInvalidArgument,
                *path + " is not valid: `jobgate config check` lists every problem");
  return config;
}

bool DaemonAnswers(Session& session) {
  const auto api = session.Api();
  return api && (*api)->GetWhateverStatus("/healthz").has_value();
}

Result<StoreLock> LockOf(Session& session, const std::string& store_path) {
  return StoreLock::Acquire(store_path,
                            {::getpid(), session.world().clock.Now(), "", std::string(kVersion)});
}

Result<Json> BodyOf(Result<Answer> answer) {
  if (!answer) return tl::unexpected<Error>(std::move(answer).error());
  return std::move(answer->body);
}

}  // namespace

Result<StoreAccess> StoreAccess::Find(Session& session) {
  StoreAccess access;
  if (!session.world().env || session.world().env("JOBGATE_URL").value_or("").empty()) {
    auto config = ConfigOf(session);
    if (!config) return tl::unexpected<Error>(std::move(config).error());
    access.config_ = *std::move(config);
    const auto& store = access.config_->store;
    auto lock = LockOf(session, store.path);
    const auto is_held = [&] { return !lock && lock.error().code == Code::kConflict; };
    const bool answers = is_held() && DaemonAnswers(session);
    // One that is dying lets go of the store a moment after its connections.
    for (int look = 0; is_held() && !answers && look < kLooksAtHolder; ++look) {
      session.world().sleep(kBetweenLooks);
      lock = LockOf(session, store.path);
    }
    if (lock) {
      access.lock_ = *std::move(lock);
      access.files_ = UpkeepOf(store.type, store.path);
      return access;
    }
    if (!answers) return tl::unexpected<Error>(std::move(lock).error());
    access.held_by_ = lock.error().message;
  }
  auto api = session.Api();
  if (!api) return tl::unexpected<Error>(std::move(api).error());
  access.daemon_ = *api;
  return access;
}

Result<Json> StoreAccess::Get(const std::string& path,
                              const std::function<Result<Json>(StoreUpkeep&)>& offline) {
  return files_ ? offline(*files_) : BodyOf(daemon_->Get(path));
}

Result<Json> StoreAccess::Post(const std::string& path, const Json& body,
                               const std::function<Result<Json>(StoreUpkeep&)>& offline) {
  return files_ ? offline(*files_) : BodyOf(daemon_->Post(path, body, kPatience));
}

Result<void> StoreAccess::Export(Session& session, const ExportWriter::WriteFn& write) {
  if (files_) {
    const auto written =
        WriteExport(*files_, session.world().clock.Now(), std::string(kVersion), write);
    return written ? Result<void>() : tl::unexpected<Error>(written.error());
  }
  Result<void> written;
  JOBGATE_TRY(daemon_->Stream("/api/v1/store/export", {}, kPatience, [&](std::string_view bytes) {
    written = write(bytes);
    return written.has_value();
  }));
  return written;
}

Result<StoreUpkeep*> StoreAccess::Files(const std::string& what) {
  if (files_) return files_.get();
  return Fail(Code::kConflict, held_by_ + ", then " + what + " (its jobs run on meanwhile)");
}

Result<StoreUpkeep*> StoreAccess::FilesToReplace(Session& session, const std::string& what) {
  auto files = Files(what);
  if (!files) return files;
  auto folder = OpenSocketDir(config_->StoreDir());
  if (!folder) return tl::unexpected<Error>(std::move(folder).error());
  // One that has nothing to hold leaves a moment after its daemon.
  for (int look = 0; look < kLooks; ++look) {
    const auto supervisor = ConnectInDir(folder->get());
    if (supervisor && !*supervisor) {
      if (LeavingNote(folder->get()).Withdraw()) return files;
      return Fail(Code::kStoreFault,
                  std::string("cannot remove ") + kLeavingNoteFile + " in " + config_->StoreDir());
    }
    session.world().sleep(kBetweenLooks);
  }
  return Fail(
      Code::kConflict,
      "the supervisor of this store holds jobs, or how they ended while no daemon ran: start "
      "`jobgate serve`, wait for them or end them with `jobgate worker stop --drain`, and "
      "stop it; then " +
          what);
}

}  // namespace jobgate
