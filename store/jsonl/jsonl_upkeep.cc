#include "store/jsonl/jsonl_upkeep.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <limits>

#include "store/durable_file.h"
#include "store/jsonl/jsonl_store.h"
#include "store/jsonl/jsonl_verify.h"
#include "store/jsonl/log_line.h"
#include "store/jsonl/recovery.h"
#include "store/jsonl/replacement.h"
#include "store/jsonl/send_records.h"
#include "store/jsonl/snapshot.h"
#include "store/memory/queries.h"
#include "store/setting_names.h"
#include "store/sqlite/loaded_tables.h"
#include "store/sqlite/sqlite_query.h"
#include "store/transfer/store_filler.h"

namespace jobgate {
namespace {

using jsonl::FileRole;
using jsonl::OpenedFile;
using jsonl::View;

// As tables it may need a multiple of the files on the disk, and seconds.
constexpr int64_t kQueryBytesMax = INT64_C(2) << 30;

// The log is never sealed: what is filled has one file, which ends with it.
JsonlOptions OneFile() {
  JsonlOptions options;
  options.seal_bytes = options.idle_seal_bytes = std::numeric_limits<int64_t>::max();
  return options;
}

int64_t BytesOf(const std::vector<OpenedFile>& files, FileRole role) {
  int64_t bytes = 0;
  for (const OpenedFile& file : files)
    if (file.role == role) bytes += file.bytes;
  return bytes;
}

tl::unexpected<Error> CannotBeUsed(const std::string& file, const std::string& why) {
  return FailField("/path", file + " cannot be used: " + why);
}

// A backup begins as a snapshot does; what was moved aside is a store with all its files.
Result<std::vector<OpenedFile>> OpenWhole(jsonl::LogFiles& files, const std::string& file) {
  auto backup = jsonl::BackupFile(files, file);
  if (!backup) return backup;
  if (jsonl::SnapshotHeader(backup->front())) return backup;
  auto found = files.Beside(file);
  if (!found) return Fail(std::move(found).error());
  return jsonl::OpenFiles(files, {file}, *found, jsonl::LogFiles::Mode::kReading);
}

std::optional<Time> NewestEventAt(const View& view) {
  const auto events = view.Events({view.last_event - 1, std::nullopt, 1});
  if (!events || events->empty()) return std::nullopt;
  return events->back().at;
}

}  // namespace

Result<std::vector<OpenedFile>> JsonlUpkeep::Files() {
  if (published_) return jsonl::FilesOf(paths_, *published_->Get());
  auto found = files_.Beside(paths_.active);
  if (!found) return Fail(std::move(found).error());
  if (auto done = jsonl::FinishReplacement(files_, paths_, *found); !done)
    return Fail(std::move(done).error());
  auto opened = jsonl::OpenFiles(files_, paths_, *found, jsonl::LogFiles::Mode::kReading);
  if (opened && opened->empty())
    return Fail(Code::kNotFound, "there is no store " + paths_.active + " yet");
  return opened;
}

Result<jsonl::Reading> JsonlUpkeep::Read(const jsonl::ReadingLimits& limits) {
  auto files = Files();
  if (!files) return Fail(std::move(files).error());
  return jsonl::ReadFiles(paths_, *files, limits);
}

Result<JsonlUpkeep::ViewPtr> JsonlUpkeep::Moment() {
  if (stop_.stop_requested()) return Fail(Code::kUnavailable, "the daemon is stopping");
  if (published_) return published_->Get();
  auto reading = Read({.stop = stop_.get_token()});
  if (!reading) return Fail(std::move(reading).error());
  if (!reading->damages.empty()) return Fail(jsonl::RefusalOf(reading->damages.front()));
  return std::make_shared<const View>(std::move(reading->view));
}

Result<StoreFigures> JsonlUpkeep::Figures() {
  const auto view = Moment();
  if (!view) return Fail(view.error());
  const auto files = Files();
  if (!files) return Fail(files.error());
  const RecordCounts counts = jsonl::CountRecords(**view);
  StoreFigures figures;
  figures.type = type();
  figures.path = paths_.active;
  figures.schema_version = jsonl::kFormat;
  figures.bytes = {{"log", BytesOf(*files, FileRole::kActive)},
                   {"sealed", BytesOf(*files, FileRole::kSealed)},
                   {"snapshot", BytesOf(*files, FileRole::kSnapshot)}};
  figures.records = FiguresOf(counts);
  figures.states = memory::Totals((*view)->tables);
  figures.last_event_seq = counts.last_event;
  if (const auto oldest = (*view)->tables.jobs.First())
    figures.oldest_job_at = (*oldest)->Unpack().created_at;
  figures.newest_event_at = NewestEventAt(**view);
  return figures;
}

Result<VerifyReport> JsonlUpkeep::Verify() {
  auto files = Files();
  if (!files) return Fail(std::move(files).error());
  return jsonl::Verify(paths_, *files, stop_.get_token());
}

Result<void> JsonlUpkeep::CheckNotNewer() {
  const auto found = files_.Beside(paths_.active);
  if (!found) return Fail(found.error());
  const auto files = jsonl::OpenFiles(files_, paths_, *found, jsonl::LogFiles::Mode::kReading);
  if (!files) return Fail(files.error());
  for (const OpenedFile& file : *files) JOBGATE_TRY(jsonl::CheckNotNewer(file));
  return {};
}

Result<int64_t> JsonlUpkeep::WriteCopyTo(const std::string& file, const View& view) {
  auto opened = files_.Open(file, jsonl::LogFiles::Mode::kExisting);
  if (!opened) return Fail(std::move(opened).error());
  const auto copy = jsonl::WriteCopy(*std::move(opened), view, 0, stop_.get_token());
  if (!copy) return Fail(copy.error());
  return copy->bytes;
}

Result<VerifyReport> JsonlUpkeep::VerifyCopy(const std::string& file) {
  auto opened = jsonl::BackupFile(files_, file);
  if (!opened) return Fail(std::move(opened).error());
  return jsonl::Verify(paths_, *opened, stop_.get_token());
}

Result<void> JsonlUpkeep::CheckBackup(const std::string& file) {
  const auto report = VerifyCopy(file);
  if (!report) return Fail(report.error());
  const std::string flaw = report->FirstFlaw();
  if (flaw.empty()) return {};
  return Fail(Code::kStoreFault, "the store is damaged, and a copy of it is no backup: " + flaw +
                                     "; `jobgate store verify` says more");
}

Result<BackupReport> JsonlUpkeep::Backup(const std::string& file) {
  const auto view = Moment();
  if (!view) return Fail(view.error());
  auto target = UnfinishedFile::Create(file, false);
  if (!target) return Fail(std::move(target).error());
  const auto bytes = WriteCopyTo(target->path(), **view);
  if (!bytes) return Fail(bytes.error());
  JOBGATE_TRY(CheckBackup(target->path()));
  auto sha256 = Sha256OfFile(target->path());
  if (!sha256) return Fail(std::move(sha256).error());
  JOBGATE_TRY(target->Finish());
  return BackupReport{file, *bytes, *std::move(sha256), (*view)->tables.jobs.size(),
                      (*view)->last_event};
}

Result<QueryResult> JsonlUpkeep::Query(const std::string& sql, const QueryLimits& limits) {
  const auto view = Moment();
  if (!view) return Fail(view.error());
  const std::stop_token stop = stop_.get_token();
  auto tables = sqlite::LoadedTables::Make(kQueryBytesMax);
  if (!tables) return Fail(std::move(tables).error());
  JOBGATE_TRY(jsonl::SendRecords(**view, **tables, stop));
  JOBGATE_TRY((*tables)->Finish());
  const std::stop_callback interrupt(stop,
                                     [&] { sqlite3_interrupt((*tables)->db().db().getHandle()); });
  auto answer = sqlite::Ask((*tables)->db(), sql, limits);
  if (stop.stop_requested()) return Fail(Code::kUnavailable, "the daemon is stopping");
  return answer;
}

Result<void> JsonlUpkeep::Records(RecordSink& to) {
  const auto view = Moment();
  if (!view) return Fail(view.error());
  return jsonl::SendRecords(**view, to, stop_.get_token());
}

Result<std::optional<std::string>> JsonlUpkeep::EveryEvent(
    const std::function<void(const Event&)>& take) {
  const auto view = Moment();
  if (!view) return Fail(view.error());
  JOBGATE_TRY((*view)->EveryEvent(
      [&](const Event& event) {
        take(event);
        return Result<void>();
      },
      stop_.get_token()));
  return memory::GetSetting((*view)->tables, kChainBeginsSetting);
}

Result<std::vector<std::string>> JsonlUpkeep::Checkpoint() {
  if (const auto files = Files(); !files) return Fail(files.error());
  JsonlOptions options;
  options.fold_apart = false;
  auto store = OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), paths_.active, options);
  if (!store) return Fail(std::move(store).error());
  JOBGATE_TRY((*store)->Checkpoint());
  JOBGATE_TRY((*store)->Tidy());  // tells of a fold that failed
  return (*store)->warnings();
}

// Opening it does.
Result<MigrationReport> JsonlUpkeep::Migrate() {
  const auto before = Read({.stop = stop_.get_token()});
  if (!before) return Fail(before.error());
  auto store = OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), paths_.active);
  if (!store) return Fail(std::move(store).error());
  return MigrationReport{before->format, jsonl::kFormat, (*store)->warnings()};
}

Result<ReplacementReport> JsonlUpkeep::Restore(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || status.st_size == 0)
    return FailField("/path", "there is no store in " + file);
  auto opened = OpenWhole(files_, file);
  if (!opened) return CannotBeUsed(file, opened.error().message);
  const auto reading = jsonl::ReadFiles({file}, *opened);
  if (!reading) return CannotBeUsed(file, reading.error().message);
  if (!reading->damages.empty()) return CannotBeUsed(file, reading->damages.front().error.message);
  auto rebuilt = Rebuild([&](Store& store) -> Result<void> {
    StoreFiller filler(store);
    JOBGATE_TRY(jsonl::SendRecords(reading->view, filler));
    return filler.Finish();
  });
  if (!rebuilt && rebuilt.error().code == Code::kInvalidArgument)
    return CannotBeUsed(file, rebuilt.error().message);
  return rebuilt;
}

Result<ReplacementReport> JsonlUpkeep::Rebuild(const std::function<Result<void>(Store&)>& fill) {
  RemoveUnfinished(paths_.active);
  const std::string replacement = paths_.Replacement(StampOfNow());
  auto filled = UnfinishedFile::Create(replacement, true);
  if (!filled) return Fail(std::move(filled).error());
  auto built = UnfinishedFile::Create(replacement, true);
  if (!built) return Fail(std::move(built).error());
  JOBGATE_TRY(RemoveIfThere(filled->path()));
  ReplacementReport report;
  {
    auto store =
        OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), filled->path(), OneFile());
    if (!store) return Fail(std::move(store).error());
    JOBGATE_TRY(fill(**store));
    const auto view = (*store)->published()->Get();
    report.jobs = view->tables.jobs.size();
    report.last_event_seq = view->last_event;
    JOBGATE_TRY(WriteCopyTo(built->path(), *view));
  }
  const auto verified = VerifyCopy(built->path());
  if (!verified) return Fail(verified.error());
  if (const std::string flaw = verified->FirstFlaw(); !flaw.empty())
    return FailField("/path", "not a sound store: " + flaw);
  JOBGATE_TRY(built->Finish());
  auto found = files_.Beside(paths_.active);
  if (!found) return Fail(std::move(found).error());
  const auto kept = jsonl::FinishReplacement(files_, paths_, *found);
  if (!kept) return Fail(kept.error());
  report.kept_as = kept->value_or("");
  return report;
}

Result<LeftOut> JsonlUpkeep::RecordsUntil(int64_t turn, RecordSink& to) {
  const auto all = Read({.past_damage = true});
  if (!all) return Fail(all.error());
  if (all->damages.empty())
    return Fail(Code::kConflict, paths_.active + " is sound up to its last turn, " +
                                     std::to_string(all->last_turn) +
                                     ": there is nothing to leave out");
  const jsonl::Damage& first = all->damages.front();
  const auto kept = Read({.turn_max = turn});
  if (!kept) return Fail(kept.error());
  if (turn > first.turn_kept || kept->view.last_turn != turn)
    return FailField("/until", "turn " + std::to_string(turn) + " cannot be kept, since " +
                                   jsonl::RefusalOf(first).message);
  JOBGATE_TRY(jsonl::SendRecords(kept->view, to));
  LeftOut left{turn + 1, all->last_turn, all->bytes_all - kept->bytes_good, {}};
  for (const jsonl::Damage& damage : all->damages) left.why.push_back(damage.error.message);
  return left;
}

}  // namespace jobgate
