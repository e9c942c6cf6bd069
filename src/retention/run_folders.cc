#include "src/retention/run_folders.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <vector>

namespace jobgate {
namespace {

namespace fs = std::filesystem;

constexpr size_t kIdBytesMax = 64;

// An id names one folder below runs/, and nothing else.
bool IsFolderName(const JobId& id) {
  return id.starts_with("job_") && id.size() <= kIdBytesMax && std::ranges::all_of(id, [](char c) {
           return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
         });
}

// Of the regular files below `folder`; links are not followed, what cannot be read counts nothing.
int64_t BytesBelow(const fs::path& folder, const std::function<bool()>& go_on) {
  int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    if (!go_on()) return bytes;
    std::error_code unknown;
    if (it->symlink_status(unknown).type() != fs::file_type::regular) continue;
    const auto size = it->file_size(unknown);
    if (!unknown) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

tl::unexpected<Error> NoFolder(const JobId& id) {
  return Fail(Code::kInternal, "no run folder is called '" + id + "'");
}

tl::unexpected<Error> CannotRemove(const fs::path& folder, const std::error_code& error) {
  return Fail(Code::kInternal, "cannot remove " + folder.string() + ": " + error.message());
}

}  // namespace

int64_t PosixRunFolders::TotalBytes(const std::function<bool()>& go_on) {
  return BytesBelow(runs_dir_, go_on);
}

int64_t PosixRunFolders::BytesOf(const JobId& id) {
  if (!IsFolderName(id)) return 0;
  return BytesBelow(fs::path(runs_dir_) / id, [] { return true; });
}

Result<void> PosixRunFolders::Remove(const JobId& id) {
  if (!IsFolderName(id)) return NoFolder(id);
  const fs::path folder = fs::path(runs_dir_) / id;
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) return CannotRemove(folder, error);
  return {};
}

Result<void> PosixRunFolders::Empty(const JobId& id) {
  if (!IsFolderName(id)) return NoFolder(id);
  const fs::path folder = fs::path(runs_dir_) / id;
  std::error_code error;
  if (fs::symlink_status(folder, error).type() != fs::file_type::directory) return Remove(id);
  std::vector<fs::path> inside;
  fs::directory_iterator it(folder, error);
  for (const fs::directory_iterator end; !error && it != end; it.increment(error))
    inside.push_back(it->path());
  for (const fs::path& path : inside)
    if (!error) fs::remove_all(path, error);
  if (error) return CannotRemove(folder, error);
  return {};
}

}  // namespace jobgate
