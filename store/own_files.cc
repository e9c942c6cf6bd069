#include "store/own_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "store/jsonl/log_paths.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = ".lock";

// Of either kind: a restart may choose the other one.
bool Owns(const std::string& store, const std::string& path) {
  const jsonl::LogPaths logs{store};
  const std::array files = {
      store,       store + "-wal",  store + "-shm", store + "-journal", store + ".lock",
      logs.Next(), logs.Snapshot(), logs.Cut(),     logs.NewSnapshot()};
  const std::array families = {logs.SealedAny(), logs.Replacement(""), logs.Kept("")};
  return std::ranges::find(files, path) != files.end() ||
         std::ranges::any_of(families, [&](const auto& start) { return path.starts_with(start); });
}

}  // namespace

std::optional<std::string> StoreThatOwns(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(kLock)) continue;
    name.resize(name.size() - kLock.size());
    std::string store = (folder / name).string();
    if (Owns(store, path)) return store;
  }
  return std::nullopt;
}

}  // namespace jobgate
