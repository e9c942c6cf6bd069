#include "src/daemon/store_presence.h"

#include <filesystem>
#include <system_error>

#include "store/jsonl/log_paths.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRestore = "put a backup in place with `jobgate store restore FILE`";

// Files of a JSONL store beside its log, which may itself wait beside its place after a crash.
bool HasMoreFiles(const std::string& path) {
  const jsonl::LogPaths logs{path};
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const std::string found = (folder / entry.path().filename()).string();
    if (found == logs.Snapshot() || found == logs.Next() || logs.SegmentOf(found) ||
        logs.StampOf(found))
      return true;
  }
  return false;
}

}  // namespace

Result<std::string> LookForStore(const std::string& path, bool was_used) {
  // The store itself says what is wrong among several files.
  if (!was_used || HasMoreFiles(path)) return "";
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  if (!error && bytes > 0) return "";
  if (!error)
    return Fail(Code::kConflict, path + " is empty, and was a store before: " + kRestore +
                                     ", or move it away to begin with a new one");
  if (error != std::errc::no_such_file_or_directory) return "";  // opening it tells more
  return "there is no store " + path +
         ", though this folder was used before (its token is there): a new, empty one is made; if "
         "that is not meant, stop jobgate and " +
         kRestore;
}

}  // namespace jobgate
