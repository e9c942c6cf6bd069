// StoreUpkeep of the store in text files. Beside an open store it sees what that has published;
// alone it reads the files anew for every call.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_paths.h"
#include "store/jsonl/reading.h"
#include "store/jsonl/view.h"
#include "store/upkeep.h"

namespace jobgate {

class JsonlUpkeep final : public StoreUpkeep {
 public:
  // `published`: of the open store; null where nobody has it open.
  explicit JsonlUpkeep(std::string path,
                       std::shared_ptr<const jsonl::PublishedView> published = nullptr)
      : paths_{std::move(path)}, published_(std::move(published)) {}

  std::string_view type() const override { return "jsonl"; }
  Result<StoreFigures> Figures() override;
  Result<VerifyReport> Verify() override;
  Result<void> CheckNotNewer() override;
  Result<BackupReport> Backup(const std::string& file) override;
  Result<QueryResult> Query(const std::string& sql, const QueryLimits& limits) override;
  Result<void> Records(RecordSink& to) override;
  Result<std::optional<std::string>> EveryEvent(
      const std::function<void(const Event&)>& take) override;
  void Interrupt() override { stop_.request_stop(); }
  Result<std::vector<std::string>> Checkpoint() override;
  Result<MigrationReport> Migrate() override;
  Result<ReplacementReport> Restore(const std::string& file) override;
  Result<ReplacementReport> Rebuild(const std::function<Result<void>(Store&)>& fill) override;
  Result<LeftOut> RecordsUntil(int64_t turn, RecordSink& to) override;

 private:
  using ViewPtr = std::shared_ptr<const jsonl::View>;

  // One moment of the store, whole.
  Result<ViewPtr> Moment();
  Result<std::vector<jsonl::OpenedFile>> Files();
  Result<jsonl::Reading> Read(const jsonl::ReadingLimits& limits);
  // Into `file`, which is empty; gives its bytes.
  Result<int64_t> WriteCopyTo(const std::string& file, const jsonl::View& view);
  Result<VerifyReport> VerifyCopy(const std::string& file);
  Result<void> CheckBackup(const std::string& file);

  const jsonl::LogPaths paths_;
  const std::shared_ptr<const jsonl::PublishedView> published_;
  jsonl::PosixLogFiles files_;
  std::stop_source stop_;
};

}  // namespace jobgate
