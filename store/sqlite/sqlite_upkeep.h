// StoreUpkeep of the store in one SQLite file. Every call opens a connection of its own; those that
// read never checkpoint.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/durable_file.h"
#include "store/sqlite/connection.h"
#include "store/upkeep.h"

namespace jobgate {

class SqliteUpkeep final : public StoreUpkeep {
 public:
  // Makes an empty file a copy of the store as of one moment.
  using CopyFn = std::function<Result<void>(const std::string& file)>;

  // `copy` is for a store that is open in this process; without, a connection of this object's own
  // does it.
  explicit SqliteUpkeep(std::string path, CopyFn copy = nullptr)
      : path_(std::move(path)), copy_(std::move(copy)) {}

  std::string_view type() const override { return "sqlite"; }
  Result<StoreFigures> Figures() override;
  Result<VerifyReport> Verify() override;
  Result<void> CheckNotNewer() override;
  Result<BackupReport> Backup(const std::string& file) override;
  Result<QueryResult> Query(const std::string& sql, const QueryLimits& limits) override;
  Result<void> Records(RecordSink& to) override;
  Result<std::optional<std::string>> EveryEvent(
      const std::function<void(const Event&)>& take) override;
  void Interrupt() override;
  Result<std::vector<std::string>> Checkpoint() override;
  Result<MigrationReport> Migrate() override;
  Result<ReplacementReport> Restore(const std::string& file) override;
  Result<ReplacementReport> Rebuild(const std::function<Result<void>(Store&)>& fill) override;
  Result<LeftOut> RecordsUntil(int64_t turn, RecordSink& to) override;

 private:
  // `built` is a complete, closed database.
  // `name`: what it is called where it is refused.
  Result<ReplacementReport> Replace(UnfinishedFile built, const std::string& name);
  Result<void> CopyInto(SqliteConnection& db, const std::string& file);
  Result<void> CheckSound(const std::string& file, BackupReport& report);
  // Opens `path` for reading, for the rest of the call.
  SqliteConnection& Read(const std::string& path);
  void Close();
  // Calls `fn` with the open store and turns what SQLite throws into an Error.
  template <typename Fn>
  auto Reading(Fn fn) -> decltype(fn(std::declval<SqliteConnection&>()));

  const std::string path_;
  const CopyFn copy_;
  std::atomic<bool> interrupted_ = false;
  std::mutex mutex_;  // around what Interrupt uses
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace jobgate
