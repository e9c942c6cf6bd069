#include "store/jsonl/reading.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "store/jsonl/file_lines.h"
#include "store/jsonl/log_line.h"
#include "store/jsonl/ops.h"

namespace jobgate::jsonl {
namespace {

Error OfLaterFormat(const std::string& path, int64_t format) {
  return {Code::kConflict, path + " has format " + std::to_string(format) +
                               ", this jobgate knows " + std::to_string(kFormat) +
                               ": upgrade jobgate, or restore a backup"};
}

// Whether a whole turn stands inside `text`, which is none: then it was not torn by a crash, since
// a turn is written only after the one before it was synced.
bool HoldsTurn(std::string_view text) {
  static constexpr std::string_view kStart = "{\"seq\":";
  for (size_t at = text.find(kStart, 1); at != std::string_view::npos;
       at = text.find(kStart, at + 1))
    if (ParseLine(text.substr(at))) return true;
  return false;
}

// Whether a crash may have left `text`, the end of a log. Bytes that it kept from the disk are
// missing at the end, or are zeros where the file had grown already; no line holds zeros of its
// own. A last line of which every byte is there was written whole, and something changed it since.
bool IsTorn(const FileLines& lines, std::string_view text) {
  const bool is_partial = !lines.has_break() || text.find('\0') != std::string_view::npos;
  return lines.is_last() && is_partial && !HoldsTurn(text);
}

class Reader {
 public:
  Reader(const LogPaths& paths, ReadingLimits limits) : paths_(paths), limits_(std::move(limits)) {}

  Result<Reading> Run(const std::vector<OpenedFile>& files) {
    for (const OpenedFile& file : files) reading_.bytes_all += file.bytes;
    for (const OpenedFile& file : files)
      if (!IsOver()) JOBGATE_TRY(ReadFile(file));
    const bool has_end = role_ == FileRole::kActive || role_ == FileRole::kBackup;
    if (!has_end && !IsOver()) AddMissing(paths_.active);
    reading_.last_turn = std::max(reading_.last_turn, reading_.view.last_turn + skipped_);
    return std::move(reading_);
  }

 private:
  // Nothing behind this place is read any more.
  bool IsOver() const {
    return (!limits_.past_damage && !reading_.damages.empty()) ||
           reading_.view.last_turn >= limits_.turn_max;
  }

  void Add(Error error) {
    if (reading_.damages.size() < kDamagesMax)
      reading_.damages.push_back({std::move(error), reading_.view.last_turn});
  }
  void AddMissing(const std::string& path) {
    Add({Code::kStoreFault, path + " is missing, though other files of this store are there"});
  }
  void AddDamage(const FileLines& lines, const std::string& what) {
    Add({Code::kStoreFault, path_ + " is damaged at line " + std::to_string(lines.number()) +
                                ", byte " + std::to_string(lines.offset()) + ": " + what});
  }

  Result<void> ReadFile(const OpenedFile& file) {
    path_ = file.path;
    role_ = file.role;
    FileLines lines(file.file, file.bytes);
    if (role_ == FileRole::kSnapshot || role_ == FileRole::kBackup) {
      reading_.view.runs.push_back({file.file, {}, 0});
      reading_.snapshot_bytes = file.bytes;
      return ReadSnapshot(lines);
    }
    if (role_ == FileRole::kSealed) ExpectSegment(file.segment);
    if (IsOver()) return {};
    reading_.view.runs.push_back({file.file, {}, reading_.segment});
    JOBGATE_TRY(ReadLog(lines));
    if (role_ == FileRole::kSealed) {
      reading_.sealed.push_back({file.segment, file.bytes});
      ++reading_.segment;
    }
    return {};
  }

  void ExpectSegment(int64_t segment) {
    if (segment <= reading_.segment) return;
    if (!gap_is_told_) AddMissing(paths_.Sealed(reading_.segment));
    reading_.segment = segment;
    gap_is_told_ = true;
  }

  // False where the file is of no use.
  Result<bool> ReadHeader(FileLines& lines, std::string_view kind, FileHeader& header) {
    const auto line = lines.Next();
    if (!line) return Fail(line.error());
    const HeaderVerdict verdict = *line ? ParseHeader(**line, header) : HeaderVerdict::kForeign;
    if (verdict == HeaderVerdict::kForeign) {
      Add({Code::kConflict, path_ +
                                " is not a file of a jsonl store: restore it, or point store.path "
                                "elsewhere"});
      return false;
    }
    if (header.format > kFormat) {
      Add(OfLaterFormat(path_, header.format));
      reading_.damages.back().turn_kept = 0;
      reading_.damages.back().is_newer = true;
      return false;
    }
    if (verdict == HeaderVerdict::kDamaged || header.kind != kind || !lines.has_break()) {
      AddDamage(lines, "its first line is not that of a " + std::string(kind));
      return false;
    }
    CountGood(lines);
    return true;
  }

  Result<std::optional<std::string_view>> NextLine(FileLines& lines) {
    if (limits_.stop.stop_requested()) return Fail(Code::kUnavailable, "the daemon is stopping");
    return lines.Next();
  }

  void CountGood(const FileLines& lines) {
    ++reading_.lines;
    reading_.bytes_good += lines.length();
  }

  bool Apply(const FileLines& lines, const Line& line) {
    View& view = reading_.view;
    bool in_order = true;
    const int64_t start = lines.offset() + static_cast<int64_t>(line.ops_offset);
    const bool applied = ApplyOps(line.ops, view.tables,
                                  {[&](const EventHead& head, size_t offset, size_t size) {
                                     in_order = in_order && head.seq > view.last_event;
                                     view.AddEvent(head, start + static_cast<int64_t>(offset),
                                                   static_cast<int64_t>(size));
                                   },
                                   [&](int64_t seq) { view.forgotten.Put(seq); }});
    view.last_at = line.at;
    return applied && in_order;
  }

  Result<void> ReadSnapshot(FileLines& lines) {
    FileHeader header;
    const auto read = ReadHeader(lines, "snapshot", header);
    if (!read) return Fail(read.error());
    if (*read) JOBGATE_TRY(ReadParts(lines));
    if (IsOver()) return {};
    reading_.snapshot_segment = header.segment;
    reading_.view.last_turn = header.after;
    reading_.segment = header.segment + 1;
    gap_is_told_ = !*read;
    return {};
  }

  Result<void> ReadParts(FileLines& lines) {
    for (int64_t seq = 1;; ++seq) {
      const auto text = NextLine(lines);
      if (!text) return Fail(text.error());
      if (!*text) {
        AddDamage(lines, "its end is missing");
        return {};
      }
      const auto line = lines.has_break() ? ParseLine(**text) : std::nullopt;
      if (!line)
        AddDamage(lines, "the checksum is wrong");
      else if (line->seq != seq)
        AddDamage(lines, "a part is missing or repeated");
      else if (!line->ops.empty() && !Apply(lines, *line))
        AddDamage(lines, "an op is not understood");
      else
        CountGood(lines);
      if (IsOver()) return {};
      if (line) seq = line->seq;
      if (line && line->ops.empty()) break;
    }
    if (!lines.is_last()) AddDamage(lines, "something stands behind its end");
    return {};
  }

  Result<void> ReadLog(FileLines& lines) {
    FileHeader header;
    const auto read = ReadHeader(lines, "log", header);
    if (!read) return Fail(read.error());
    reading_.format = header.format;
    if (*read)
      CheckPlace(lines, header);
    else
      gap_is_told_ = true;
    return IsOver() ? Result<void>() : ReadTurns(lines);
  }

  // Whether the log goes on where the file before it ends.
  void CheckPlace(const FileLines& lines, const FileHeader& header) {
    if (role_ == FileRole::kActive) ExpectSegment(header.segment);
    if (IsOver()) return;
    reading_.view.runs.back().segment = reading_.segment;
    View& view = reading_.view;
    const int64_t before = view.last_turn + skipped_;
    if (header.segment != reading_.segment || (header.after != before && !gap_is_told_))
      AddDamage(lines, "it goes on behind turn " + std::to_string(header.after) +
                           ", the files before it end with turn " + std::to_string(before));
    if (!IsOver()) view.last_turn = header.after;
    gap_is_told_ = false;
    skipped_ = 0;
  }

  Result<void> ReadTurns(FileLines& lines) {
    const bool is_active = role_ == FileRole::kActive;
    if (is_active) reading_.bytes = lines.end();
    while (!IsOver()) {
      const auto text = NextLine(lines);
      if (!text) return Fail(text.error());
      if (!*text) return {};
      const auto line = lines.has_break() ? ParseLine(**text) : std::nullopt;
      if (!line && is_active && IsTorn(lines, **text)) {
        reading_.torn = {lines.offset(), std::string(**text)};
        reading_.torn_line = lines.number();
        return {};
      }
      if (!TakeTurn(lines, line)) continue;
      CountGood(lines);
      if (!is_active) continue;
      reading_.last = {lines.offset(), std::string(**text) + "\n"};
      reading_.bytes = lines.end();
    }
    return {};
  }

  // False where it is damage.
  bool TakeTurn(const FileLines& lines, const std::optional<Line>& line) {
    View& view = reading_.view;
    if (!line) {
      AddDamage(lines, "the checksum is wrong");
      ++skipped_;
      return false;
    }
    const bool follows = gap_is_told_ || line->seq == view.last_turn + skipped_ + 1;
    if (!follows)
      AddDamage(lines, "turn " + std::to_string(line->seq) + " follows turn " +
                           std::to_string(view.last_turn + skipped_));
    else if (line->ops.empty() || !Apply(lines, *line))
      AddDamage(lines, "an op is not understood");
    if (IsOver()) return false;
    gap_is_told_ = false;
    skipped_ = 0;
    view.last_turn = line->seq;
    return true;
  }

  const LogPaths& paths_;
  const ReadingLimits limits_;
  Reading reading_;
  std::string path_;
  FileRole role_ = FileRole::kSnapshot;
  int64_t skipped_ = 0;       // damaged lines behind the last turn, each of them one
  bool gap_is_told_ = false;  // what comes next may have any number
};

Result<OpenedFile> Open(LogFiles& files, const std::string& path, FileRole role, int64_t segment,
                        LogFiles::Mode mode) {
  auto file = files.Open(path, mode);
  if (!file) return Fail(std::move(file).error());
  const auto bytes = (*file)->Size();
  if (!bytes) return Fail(bytes.error());
  return OpenedFile{path, role, segment, *std::move(file), *bytes};
}

// Absent where it has no good one.
std::optional<FileHeader> HeaderOf(const OpenedFile& file) {
  FileHeader header;
  FileLines lines(file.file, file.bytes);
  const auto line = lines.Next();
  if (!line || !*line || ParseHeader(**line, header) != HeaderVerdict::kGood) return std::nullopt;
  return header;
}

}  // namespace

std::string Reading::TornEnd(const LogPaths& paths) const {
  if (torn.bytes.empty()) return "";
  return paths.active +
         " ends with a turn that was not written whole: " + std::to_string(torn.bytes.size()) +
         " bytes at line " + std::to_string(torn_line) + ", byte " + std::to_string(torn.offset) +
         ", as a crash while it was written leaves them";
}

std::vector<int64_t> SealedSegments(const LogPaths& paths, const std::vector<std::string>& found) {
  std::vector<int64_t> segments;
  for (const std::string& path : found)
    if (const auto segment = paths.SegmentOf(path)) segments.push_back(*segment);
  std::ranges::sort(segments);
  return segments;
}

Result<std::vector<OpenedFile>> OpenFiles(LogFiles& files, const LogPaths& paths,
                                          const std::vector<std::string>& found,
                                          LogFiles::Mode mode) {
  std::vector<OpenedFile> opened;
  const auto add = [&](const std::string& path, FileRole role, int64_t segment) -> Result<void> {
    auto file = Open(files, path, role, segment, mode);
    if (!file) return Fail(std::move(file).error());
    opened.push_back(*std::move(file));
    return {};
  };
  const auto has = [&](const std::string& path) { return std::ranges::count(found, path) > 0; };
  int64_t folded = 0;
  if (has(paths.Snapshot())) {
    JOBGATE_TRY(add(paths.Snapshot(), FileRole::kSnapshot, 0));
    folded = HeaderOf(opened.back()).value_or(FileHeader()).segment;
  }
  for (const int64_t segment : SealedSegments(paths, found))
    if (segment > folded) JOBGATE_TRY(add(paths.Sealed(segment), FileRole::kSealed, segment));
  const std::string log = has(paths.active) ? paths.active : paths.Next();
  if (has(log)) JOBGATE_TRY(add(log, FileRole::kActive, 0));
  return opened;
}

Result<std::vector<OpenedFile>> FilesOf(const LogPaths& paths, const View& view) {
  std::vector<OpenedFile> opened;
  for (const EventRun& run : view.runs) {
    const bool is_active = &run == &view.runs.back();
    OpenedFile file{paths.active, FileRole::kActive, run.segment, run.file, view.log_bytes};
    if (!is_active) {
      const auto bytes = run.file->Size();
      if (!bytes) return Fail(bytes.error());
      file.bytes = *bytes;
      file.role = run.segment == 0 ? FileRole::kSnapshot : FileRole::kSealed;
      file.path = run.segment == 0 ? paths.Snapshot() : paths.Sealed(run.segment);
    }
    opened.push_back(std::move(file));
  }
  return opened;
}

Result<std::vector<OpenedFile>> BackupFile(LogFiles& files, const std::string& path) {
  auto file = Open(files, path, FileRole::kBackup, 0, LogFiles::Mode::kReading);
  if (!file) return Fail(std::move(file).error());
  std::vector<OpenedFile> opened;
  opened.push_back(*std::move(file));
  return opened;
}

Result<void> CheckNotNewer(const OpenedFile& file) {
  const auto header = HeaderOf(file);
  if (!header || header->format <= kFormat) return {};
  return Fail(OfLaterFormat(file.path, header->format));
}

std::optional<FileHeader> SnapshotHeader(const OpenedFile& file) {
  auto header = HeaderOf(file);
  return header && header->kind == "snapshot" ? header : std::nullopt;
}

Result<Reading> ReadFiles(const LogPaths& paths, const std::vector<OpenedFile>& files,
                          const ReadingLimits& limits) {
  return Reader(paths, limits).Run(files);
}

}  // namespace jobgate::jsonl
