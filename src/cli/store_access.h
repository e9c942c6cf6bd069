// The store as a command reaches it: through the daemon that has it open, else on its files, which
// are locked meanwhile.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "src/cli/session.h"
#include "src/config/config.h"
#include "store/store_lock.h"
#include "store/transfer/export_writer.h"
#include "store/upkeep.h"

namespace jobgate {

class StoreAccess {
 public:
  // Errors: kInvalidArgument for settings that do not say where the store is, kConflict where
  // another command has it, those of the lock.
  static Result<StoreAccess> Find(Session& session);

  // Asks the daemon at `path`, or calls `offline`. Both give the API's own object.
  Result<Json> Get(const std::string& path,
                   const std::function<Result<Json>(StoreUpkeep&)>& offline);
  Result<Json> Post(const std::string& path, const Json& body,
                    const std::function<Result<Json>(StoreUpkeep&)>& offline);

  // One moment of the store as an export, from the daemon or the files. `write` takes it piece by
  // piece; whether it is whole is said by its end alone (CheckExport).
  Result<void> Export(Session& session, const ExportWriter::WriteFn& write);

  // The files, for what no daemon does to itself: `what` it is. Errors: kConflict where one has the
  // store, with its holder.
  Result<StoreUpkeep*> Files(const std::string& what);
  // The same, to put another store in its place. Errors: kConflict also where jobs of this one run
  // under their supervisor still: it would be asked about jobs that it knows nothing of. What a
  // supervisor that left says of jobs that it never started is taken back: it was said of this
  // store.
  Result<StoreUpkeep*> FilesToReplace(Session& session, const std::string& what);
  const Config& config() const { return *config_; }

 private:
  StoreAccess() = default;

  const ApiClient* daemon_ = nullptr;
  std::string held_by_ = "a daemon has the store open: stop it first";  // or as the lock tells
  // or:
  std::shared_ptr<const Config> config_;
  std::optional<StoreLock> lock_;
  std::unique_ptr<StoreUpkeep> files_;
};

}  // namespace jobgate
