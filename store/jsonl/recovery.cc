#include "store/jsonl/recovery.h"

#include <algorithm>
#include <utility>

#include "store/jsonl/file_lines.h"
#include "store/jsonl/log_line.h"
#include "store/jsonl/ops.h"

namespace jobgate::jsonl {
namespace {

constexpr const char* kWayOut =
    "; nothing was changed: docs/store-format.md#damage says how to go on";

tl::unexpected<Error> Damaged(const std::string& path, const FileLines& lines,
                              const std::string& what) {
  return Fail(Code::kStoreFault, path + " is damaged at line " + std::to_string(lines.number()) +
                                     ", byte " + std::to_string(lines.offset()) + ": " + what +
                                     kWayOut);
}

tl::unexpected<Error> Missing(const std::string& path) {
  return Fail(Code::kStoreFault,
              path + " is missing, though other files of this store are there" + kWayOut);
}

// The end of the log: its last turn, to be written again, or what is to be cut off.
struct Tail {
  int64_t offset = 0;
  std::string bytes;
};

// Whether a whole turn stands inside `text`, which is none: then it was not torn by a crash, since
// a turn is written only after the one before it was synced.
bool HoldsTurn(std::string_view text) {
  static constexpr std::string_view kStart = "{\"seq\":";
  for (size_t at = text.find(kStart, 1); at != std::string_view::npos;
       at = text.find(kStart, at + 1))
    if (ParseLine(text.substr(at))) return true;
  return false;
}

class Recovery {
 public:
  Recovery(LogFiles& files, const LogPaths& paths) : files_(files), paths_(paths) {}

  Result<Recovered> Run() {
    auto found = files_.Beside(paths_.active);
    if (!found) return Fail(std::move(found).error());
    found_ = *std::move(found);
    JOBGATE_TRY(FinishRotation());
    if (Has(paths_.Snapshot())) JOBGATE_TRY(ReadSnapshot());
    JOBGATE_TRY(ReadSealed());
    JOBGATE_TRY(ReadActive());
    JOBGATE_TRY(SetTailRight());
    JOBGATE_TRY(RemoveLeftovers());
    return std::move(recovered_);
  }

 private:
  bool Has(const std::string& path) const { return std::ranges::count(found_, path) > 0; }

  std::vector<int64_t> SealedSegments() const {
    std::vector<int64_t> segments;
    for (const std::string& path : found_)
      if (const auto segment = paths_.SegmentOf(path)) segments.push_back(*segment);
    std::ranges::sort(segments);
    return segments;
  }

  // A crash between the two renames of a rotation leaves the next log beside its place.
  Result<void> FinishRotation() {
    if (Has(paths_.active)) return {};
    const bool is_new = !Has(paths_.Snapshot()) && SealedSegments().empty();
    if (is_new) {
      int64_t bytes = 0;
      auto file = StartLog(files_, paths_, 1, 0, bytes);
      if (!file) return Fail(std::move(file).error());
    } else if (Has(paths_.Next())) {
      JOBGATE_TRY(files_.Rename(paths_.Next(), paths_.active));
      JOBGATE_TRY(files_.SyncFolderOf(paths_.active));
      std::erase(found_, paths_.Next());
    } else {
      return Missing(paths_.active);
    }
    found_.push_back(paths_.active);
    return {};
  }

  Result<FileHeader> ReadHeader(const std::string& path, FileLines& lines,
                                const std::string& kind) {
    const auto line = lines.Next();
    if (!line) return Fail(line.error());
    FileHeader header;
    const HeaderVerdict verdict = *line ? ParseHeader(**line, header) : HeaderVerdict::kForeign;
    if (verdict == HeaderVerdict::kForeign)
      return Fail(Code::kConflict, path +
                                       " is not a file of a jsonl store: restore it, or point "
                                       "store.path elsewhere");
    if (header.format > kFormat)
      return Fail(Code::kConflict, path + " has format " + std::to_string(header.format) +
                                       ", this jobgate knows " + std::to_string(kFormat) +
                                       ": upgrade jobgate, or restore a backup");
    if (verdict == HeaderVerdict::kDamaged || header.kind != kind || !lines.has_break())
      return Damaged(path, lines, "its first line is not that of a " + kind);
    return header;
  }

  // Opens a file and makes it the last run.
  Result<FileLines> Open(const std::string& path, int64_t& bytes) {
    auto file = files_.Open(path, LogFiles::Mode::kExisting);
    if (!file) return Fail(std::move(file).error());
    const auto size = (*file)->Size();
    if (!size) return Fail(size.error());
    bytes = *size;
    recovered_.view.runs.push_back({*file, {}});
    return FileLines(*file, *size);
  }

  bool Apply(const FileLines& lines, const Line& line) {
    View& view = recovered_.view;
    bool in_order = true;
    const int64_t start = lines.offset() + static_cast<int64_t>(line.ops_offset);
    const bool applied =
        ApplyOps(line.ops, view.tables,
                 {[&](int64_t seq, std::string_view job_id, size_t offset, size_t size) {
                    in_order = in_order && seq > view.last_event;
                    view.AddEvent(seq, job_id, start + static_cast<int64_t>(offset),
                                  static_cast<int64_t>(size));
                  },
                  [&](int64_t seq) { view.forgotten.Put(seq); }});
    view.last_at = line.at;
    return applied && in_order;
  }

  Result<void> ReadSnapshot() {
    const std::string path = paths_.Snapshot();
    auto lines = Open(path, recovered_.snapshot_bytes);
    if (!lines) return Fail(std::move(lines).error());
    const auto header = ReadHeader(path, *lines, "snapshot");
    if (!header) return Fail(header.error());
    for (int64_t seq = 1;; ++seq) {
      const auto text = lines->Next();
      if (!text) return Fail(text.error());
      if (!*text) return Damaged(path, *lines, "its end is missing");
      const auto line = lines->has_break() ? ParseLine(**text) : std::nullopt;
      if (!line) return Damaged(path, *lines, "the checksum is wrong");
      if (line->seq != seq) return Damaged(path, *lines, "a part is missing or repeated");
      if (line->ops.empty()) break;
      if (!Apply(*lines, *line)) return Damaged(path, *lines, "an op is not understood");
    }
    if (!lines->is_last()) return Damaged(path, *lines, "something stands behind its end");
    snapshot_segment_ = header->segment;
    recovered_.view.last_turn = header->after;
    recovered_.segment = header->segment + 1;
    return {};
  }

  Result<void> ReadSealed() {
    for (const int64_t segment : SealedSegments()) {
      if (segment <= snapshot_segment_) continue;
      if (segment != recovered_.segment) return Missing(paths_.Sealed(recovered_.segment));
      int64_t bytes = 0;
      JOBGATE_TRY(ReadLog(paths_.Sealed(segment), false, bytes));
      recovered_.sealed.push_back({segment, bytes});
      ++recovered_.segment;
    }
    return {};
  }

  Result<void> ReadActive() { return ReadLog(paths_.active, true, recovered_.bytes); }

  // `is_active`: the last turn may not have been written whole.
  Result<void> ReadLog(const std::string& path, bool is_active, int64_t& bytes) {
    auto lines = Open(path, bytes);
    if (!lines) return Fail(std::move(lines).error());
    const auto header = ReadHeader(path, *lines, "log");
    if (!header) return Fail(header.error());
    View& view = recovered_.view;
    if (is_active && header->segment > recovered_.segment)
      return Missing(paths_.Sealed(recovered_.segment));
    if (header->segment != recovered_.segment || header->after != view.last_turn)
      return Damaged(path, *lines,
                     "it goes on behind turn " + std::to_string(header->after) +
                         ", the files before it end with turn " + std::to_string(view.last_turn));
    for (;;) {
      const auto text = lines->Next();
      if (!text) return Fail(text.error());
      if (!*text) return {};
      const auto line = lines->has_break() ? ParseLine(**text) : std::nullopt;
      if (!line && is_active && lines->is_last() && !HoldsTurn(**text)) {
        torn_ = {lines->offset(), std::string(**text)};
        bytes = lines->offset();
        WarnOfCut(*lines);
        return {};
      }
      if (!line) return Damaged(path, *lines, "the checksum is wrong");
      if (line->seq != view.last_turn + 1)
        return Damaged(path, *lines,
                       "turn " + std::to_string(line->seq) + " follows turn " +
                           std::to_string(view.last_turn));
      if (line->ops.empty() || !Apply(*lines, *line))
        return Damaged(path, *lines, "an op is not understood");
      view.last_turn = line->seq;
      if (is_active) tail_ = {lines->offset(), std::string(**text) + "\n"};
    }
  }

  void WarnOfCut(const FileLines& lines) {
    recovered_.warnings.push_back(
        paths_.active + " ends with a turn that was not written whole, at line " +
        std::to_string(lines.number()) + ", byte " + std::to_string(torn_.offset) +
        ": what there is of it, which nobody was told of, is moved to " + paths_.Cut());
  }

  // Where there is no room for it the log is cut all the same: it is of use to nobody but those
  // who look into what happened to the disk.
  void KeepCut() {
    if (auto cut = files_.Open(paths_.Cut(), LogFiles::Mode::kCreate))
      static_cast<void>((*cut)->Write(0, torn_.bytes));
  }

  Result<void> SetTailRight() {
    LogFile& active = *recovered_.view.runs.back().file;
    if (!torn_.bytes.empty()) {
      KeepCut();
      JOBGATE_TRY(active.Truncate(torn_.offset));
    }
    if (!tail_.bytes.empty()) JOBGATE_TRY(active.Write(tail_.offset, tail_.bytes));
    return active.Sync();
  }

  // What a crash in a rotation or at the end of a fold left. The names that stay are made durable:
  // the sync behind the last rename may be the one that failed.
  Result<void> RemoveLeftovers() {
    for (const std::string& path : found_) {
      const auto segment = paths_.SegmentOf(path);
      const bool folded = segment && *segment <= snapshot_segment_;
      if (!folded && path != paths_.Next() && path != paths_.NewSnapshot()) continue;
      JOBGATE_TRY(files_.Remove(path));
    }
    return files_.SyncFolderOf(paths_.active);
  }

  LogFiles& files_;
  const LogPaths& paths_;
  std::vector<std::string> found_;
  Recovered recovered_;
  int64_t snapshot_segment_ = 0;
  Tail torn_;
  Tail tail_;
};

}  // namespace

Result<Recovered> Recover(LogFiles& files, const LogPaths& paths) {
  return Recovery(files, paths).Run();
}

Result<std::shared_ptr<LogFile>> StartLog(LogFiles& files, const LogPaths& paths, int64_t segment,
                                          int64_t after, int64_t& bytes) {
  auto file = files.Open(paths.Next(), LogFiles::Mode::kCreate);
  if (!file) return file;
  const std::string header = HeaderLine({kFormat, "log", segment, after});
  JOBGATE_TRY((*file)->Write(0, header));
  JOBGATE_TRY((*file)->Sync());
  // With a log in place already, that one gets its name among the sealed ones first. A file system
  // makes what happens to one folder durable in order, so one sync at the end is enough.
  if (segment > 1) JOBGATE_TRY(files.Rename(paths.active, paths.Sealed(segment - 1)));
  JOBGATE_TRY(files.Rename(paths.Next(), paths.active));
  JOBGATE_TRY(files.SyncFolderOf(paths.active));
  bytes = static_cast<int64_t>(header.size());
  return file;
}

}  // namespace jobgate::jsonl
