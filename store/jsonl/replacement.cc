#include "store/jsonl/replacement.h"

#include <algorithm>

#include "store/jsonl/reading.h"
#include "store/jsonl/recovery.h"

namespace jobgate::jsonl {
namespace {

std::vector<std::string> FilesOfStore(const LogPaths& paths,
                                      const std::vector<std::string>& found) {
  std::vector<std::string> files;
  for (const std::string& path : found)
    if (path == paths.active || path == paths.Snapshot() || path == paths.Next() ||
        path == paths.Cut() || path == paths.NewSnapshot() || paths.SegmentOf(path))
      files.push_back(path);
  return files;
}

// A `.next` may be ours, of a try that was cut off: it never takes the place of one that was kept.
Result<void> MoveAside(LogFiles& files, const LogPaths& paths,
                       const std::vector<std::string>& found, const std::string& kept) {
  for (const std::string& path : FilesOfStore(paths, found)) {
    const std::string to = kept + path.substr(paths.active.size());
    if (path == paths.Next() && std::ranges::count(found, to) > 0) continue;
    JOBGATE_TRY(files.Rename(path, to));
  }
  return {};
}

Result<int64_t> LastTurnOf(LogFiles& files, const std::string& replacement) {
  const auto opened = BackupFile(files, replacement);
  if (!opened) return Fail(opened.error());
  const auto header = SnapshotHeader(opened->front());
  if (header) return header->after;
  return Fail(Code::kConflict, replacement + " is no snapshot of this jobgate: move it away");
}

}  // namespace

Result<std::optional<std::string>> FinishReplacement(LogFiles& files, const LogPaths& paths,
                                                     std::vector<std::string>& found) {
  const auto is_replacement = [&](const std::string& path) {
    return paths.StampOf(path).has_value();
  };
  const auto at = std::ranges::find_if(found, is_replacement);
  if (at == found.end()) return std::nullopt;
  const std::string replacement = *at;
  const std::string kept = paths.Kept(*paths.StampOf(replacement));
  const auto after = LastTurnOf(files, replacement);
  if (!after) return Fail(after.error());
  JOBGATE_TRY(MoveAside(files, paths, found, kept));
  int64_t bytes = 0;
  if (auto next = MakeNext(files, paths, 1, *after, bytes); !next)
    return Fail(std::move(next).error());
  JOBGATE_TRY(files.Rename(replacement, paths.Snapshot()));
  // From here on it is a rotation that a crash may leave half done.
  JOBGATE_TRY(files.Rename(paths.Next(), paths.active));
  JOBGATE_TRY(files.SyncFolderOf(paths.active));
  auto beside = files.Beside(paths.active);
  if (!beside) return Fail(std::move(beside).error());
  found = *std::move(beside);
  const auto is_kept = [&](const std::string& path) { return path.starts_with(kept); };
  return std::ranges::any_of(found, is_kept) ? kept : "";
}

}  // namespace jobgate::jsonl
