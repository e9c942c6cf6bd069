// Files as the command line and the settings see them. Injected, so that no test needs a disk.
// The store and the supervisor's run files go their own ways; this is for small whole files.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate {

struct FileStatus {
  mode_t permissions = 0;  // the lower 12 bits of st_mode
  bool is_directory = false;
  uid_t owner = 0;
  int64_t size_bytes = 0;
};

struct FileContent {
  std::string bytes;
  mode_t permissions = 0;  // as in FileStatus, of the very file that was read
};

struct DiskSpace {
  int64_t free_bytes = 0;  // for this user
  int64_t total_bytes = 0;
};

enum class Access { kRead, kWrite, kExecute };

// Errors of every call: kNotFound where there is no such file, kForbidden where permissions
// refuse it, kInternal for the rest; each names the path and what the system said.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Errors: kTooLarge over `bytes_max`.
  virtual Result<std::string> ReadFile(const std::string& path, size_t bytes_max) = 0;
  // A regular file at `path` (relative) below `folder`, over no symbolic link from there on.
  // Errors: kConflict where a link stands in the way; kInvalidArgument for what is no regular file;
  // kTooLarge.
  virtual Result<FileContent> ReadBelow(const std::string& folder, const std::string& path,
                                        size_t bytes_max) = 0;
  // The file holds `content` whole, or is as it was before, whatever happens (rename(2) after
  // fsync(2), then fsync of the folder).
  virtual Result<void> WriteFileAtomically(const std::string& path, std::string_view content,
                                           mode_t permissions) = 0;
  // With every missing parent; no error where it is there already.
  virtual Result<void> MakeDirectories(const std::string& path, mode_t permissions) = 0;
  virtual Result<FileStatus> Stat(const std::string& path) = 0;
  virtual Result<DiskSpace> SpaceAt(const std::string& path) = 0;
  // Whether the effective user may do this to `path`.
  virtual bool Allows(const std::string& path, Access access) = 0;
  virtual Result<std::string> CurrentDirectory() = 0;

  bool Exists(const std::string& path) { return Stat(path).has_value(); }
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::string> ReadFile(const std::string& path, size_t bytes_max) override;
  Result<FileContent> ReadBelow(const std::string& folder, const std::string& path,
                                size_t bytes_max) override;
  Result<void> WriteFileAtomically(const std::string& path, std::string_view content,
                                   mode_t permissions) override;
  Result<void> MakeDirectories(const std::string& path, mode_t permissions) override;
  Result<FileStatus> Stat(const std::string& path) override;
  Result<DiskSpace> SpaceAt(const std::string& path) override;
  bool Allows(const std::string& path, Access access) override;
  Result<std::string> CurrentDirectory() override;
};

}  // namespace jobgate
