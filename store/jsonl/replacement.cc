#include "store/jsonl/replacement.h"

#include <algorithm>

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
  for (const std::string& path : FilesOfStore(paths, found))
    JOBGATE_TRY(files.Rename(path, kept + path.substr(paths.active.size())));
  JOBGATE_TRY(files.Rename(replacement, paths.active));
  JOBGATE_TRY(files.SyncFolderOf(paths.active));
  auto beside = files.Beside(paths.active);
  if (!beside) return Fail(std::move(beside).error());
  found = *std::move(beside);
  const auto is_kept = [&](const std::string& path) { return path.starts_with(kept); };
  return std::ranges::any_of(found, is_kept) ? kept : "";
}

}  // namespace jobgate::jsonl
