#include "store/jsonl/recovery.h"

#include <algorithm>
#include <utility>

#include "store/jsonl/log_line.h"
#include "store/jsonl/replacement.h"

namespace jobgate::jsonl {
namespace {

class Recovery {
 public:
  Recovery(LogFiles& files, const LogPaths& paths) : files_(files), paths_(paths) {}

  Result<Recovered> Run() {
    auto found = files_.Beside(paths_.active);
    if (!found) return Fail(std::move(found).error());
    found_ = *std::move(found);
    JOBGATE_TRY(TakeReplacement());
    JOBGATE_TRY(FinishRotation());
    auto opened = OpenFiles(files_, paths_, found_, LogFiles::Mode::kExisting);
    if (!opened) return Fail(std::move(opened).error());
    auto reading = ReadFiles(paths_, *opened);
    if (!reading) return Fail(std::move(reading).error());
    if (!reading->damages.empty()) return Fail(RefusalOf(reading->damages.front()));
    JOBGATE_TRY(SetTailRight(*reading));
    JOBGATE_TRY(RemoveLeftovers(reading->snapshot_segment));
    reading->view.log_bytes = reading->bytes;
    return Recovered{std::move(reading->view),   reading->segment,        reading->format,
                     std::move(reading->sealed), reading->snapshot_bytes, std::move(warnings_)};
  }

 private:
  bool Has(const std::string& path) const { return std::ranges::count(found_, path) > 0; }

  Result<void> TakeReplacement() {
    const auto kept = FinishReplacement(files_, paths_, found_);
    if (!kept) return Fail(kept.error());
    if (*kept)
      warnings_.push_back(paths_.active + " was replaced by a command that ended before it could " +
                          "say so; what was there is kept as " + **kept);
    return {};
  }

  // A crash between the two renames of a rotation leaves the next log beside its place.
  Result<void> FinishRotation() {
    if (Has(paths_.active)) return {};
    if (Has(paths_.Next()) && !IsNew()) {
      JOBGATE_TRY(files_.Rename(paths_.Next(), paths_.active));
      JOBGATE_TRY(files_.SyncFolderOf(paths_.active));
      std::erase(found_, paths_.Next());
    } else if (IsNew()) {
      int64_t bytes = 0;
      auto file = StartLog(files_, paths_, 1, 0, bytes);
      if (!file) return Fail(std::move(file).error());
    } else {
      return {};  // it is missing
    }
    found_.push_back(paths_.active);
    return {};
  }
  bool IsNew() const { return !Has(paths_.Snapshot()) && SealedSegments(paths_, found_).empty(); }

  // Where there is no room for it the log is cut all the same: it is of use to nobody but those
  // who look into what happened to the disk.
  void KeepCut(const Tail& torn) {
    if (auto cut = files_.Open(paths_.Cut(), LogFiles::Mode::kCreate))
      static_cast<void>((*cut)->Write(0, torn.bytes));
  }

  Result<void> SetTailRight(const Reading& reading) {
    LogFile& active = *reading.view.runs.back().file;
    if (!reading.torn.bytes.empty()) {
      warnings_.push_back(reading.TornEnd(paths_) + "; they are moved to " + paths_.Cut());
      KeepCut(reading.torn);
      JOBGATE_TRY(active.Truncate(reading.torn.offset));
    }
    if (!reading.last.bytes.empty())
      JOBGATE_TRY(active.Write(reading.last.offset, reading.last.bytes));
    return active.Sync();
  }

  // What a crash in a rotation or at the end of a fold left. The names that stay are made durable:
  // the sync behind the last rename may be the one that failed.
  Result<void> RemoveLeftovers(int64_t snapshot_segment) {
    for (const std::string& path : found_) {
      const auto segment = paths_.SegmentOf(path);
      const bool folded = segment && *segment <= snapshot_segment;
      if (!folded && path != paths_.Next() && path != paths_.NewSnapshot()) continue;
      JOBGATE_TRY(files_.Remove(path));
    }
    return files_.SyncFolderOf(paths_.active);
  }

  LogFiles& files_;
  const LogPaths& paths_;
  std::vector<std::string> found_;
  std::vector<std::string> warnings_;
};

}  // namespace

Error RefusalOf(const Damage& damage) {
  Error error = damage.error;
  error.message += "; nothing was changed: ";
  error.message += damage.turn_kept > 0
                       ? "`jobgate store import --until " + std::to_string(damage.turn_kept) +
                             "` keeps all turns before it and moves these files aside"
                       : "put a backup in place with `jobgate store restore FILE`";
  error.message += ", docs/store-format.md#damage says more";
  return error;
}

Result<Recovered> Recover(LogFiles& files, const LogPaths& paths) {
  return Recovery(files, paths).Run();
}

Result<std::shared_ptr<LogFile>> MakeNext(LogFiles& files, const LogPaths& paths, int64_t segment,
                                          int64_t after, int64_t& bytes) {
  auto file = files.Open(paths.Next(), LogFiles::Mode::kCreate);
  if (!file) return file;
  const std::string header = HeaderLine({kFormat, "log", segment, after});
  JOBGATE_TRY((*file)->Write(0, header));
  JOBGATE_TRY((*file)->Sync());
  bytes = static_cast<int64_t>(header.size());
  return file;
}

Result<std::shared_ptr<LogFile>> StartLog(LogFiles& files, const LogPaths& paths, int64_t segment,
                                          int64_t after, int64_t& bytes) {
  auto file = MakeNext(files, paths, segment, after, bytes);
  if (!file) return file;
  // With a log in place already, that one gets its name among the sealed ones first. A file system
  // makes what happens to one folder durable in order, so one sync at the end is enough.
  if (segment > 1) JOBGATE_TRY(files.Rename(paths.active, paths.Sealed(segment - 1)));
  JOBGATE_TRY(files.Rename(paths.Next(), paths.active));
  JOBGATE_TRY(files.SyncFolderOf(paths.active));
  return file;
}

}  // namespace jobgate::jsonl
