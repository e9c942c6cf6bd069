// StoreUpkeep of the store in one SQLite file. Every call opens a connection of its own; those that
// read never checkpoint.
#pragma once
#include <atomic>
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
  explicit SqliteUpkeep(std::string path) : path_(std::move(path)) {}

  std::string_view type() const override { return "sqlite"; }
  Result<StoreFigures> Figures() override;
  Result<VerifyReport> Verify() override;
  Result<BackupReport> Backup(const std::string& file) override;
  Result<QueryResult> Query(const std::string& sql, const QueryLimits& limits) override;
  Result<void> Records(RecordSink& to) override;
  Result<void> EveryEvent(const std::function<void(const Event&)>& take) override;
  void Interrupt() override;
  Result<std::vector<std::string>> Checkpoint() override;
  Result<MigrationReport> Migrate() override;
  Result<ReplacementReport> Restore(const std::string& file) override;
  Result<ReplacementReport> Rebuild(const std::function<Result<void>(Store&)>& fill) override;
  Result<LeftOut> RecordsUntil(int64_t turn, RecordSink& to) override;

 private:
  // `built` is a complete, closed database.
  Result<ReplacementReport> Replace(UnfinishedFile built);
  Result<void> CopyInto(SqliteConnection& db, const std::string& file);
  Result<void> CheckSound(const std::string& file, BackupReport& report);
  // Opens `path` for reading, for the rest of the call.
  SqliteConnection& Read(const std::string& path);
  void Close();
  // Calls `fn` with the open store and turns what SQLite throws into an Error.
  template <typename Fn>
  auto Reading(Fn fn) -> decltype(fn(std::declval<SqliteConnection&>()));

  const std::string path_;
  std::atomic<bool> interrupted_ = false;
  std::mutex mutex_;  // around what Interrupt uses
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace jobgate
