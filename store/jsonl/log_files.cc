#include "store/jsonl/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "src/base/unique_fd.h"
#include "store/sqlite/store_files.h"

namespace jobgate::jsonl {
namespace {

constexpr mode_t kPrivateFile = 0600;

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string AdviceFor(int error, const std::string& path) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "disk full: free space on " + FolderOf(path);
    case EROFS:
    case EACCES:
    case EPERM:
      return path + " cannot be written: check its owner, its permissions and the mount options";
    case EIO:
      return "I/O error on " + path + ": check the disk and the kernel's log";
    default:
      return path + " cannot be used";
  }
}

tl::unexpected<Error> Failed(std::string_view verb, const std::string& path, int error = errno) {
  return Fail(Code::kStoreFault, AdviceFor(error, path) + " (cannot " + std::string(verb) + ": " +
                                     std::generic_category().message(error) + ")");
}

class PosixLogFile final : public LogFile {
 public:
  PosixLogFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> Read(int64_t offset, size_t size, std::string& out) override {
    out.resize(size);
    for (size_t done = 0; done < size;) {
      const ssize_t count =
          ::pread(fd_.get(), out.data() + done, size - done, offset + static_cast<int64_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Failed("read", path_);
      if (count == 0)
        return Fail(Code::kStoreFault, path_ + " has become shorter: stop jobgate and restore it");
      done += static_cast<size_t>(count);
    }
    return {};
  }

  Result<int64_t> Size() override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return Failed("look at", path_);
    return status.st_size;
  }

  Result<void> Write(int64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(fd_.get(), bytes.data(), bytes.size(), offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Failed("write", path_);
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += count;
    }
    return {};
  }

  Result<void> Sync() override {
    if (::fdatasync(fd_.get()) != 0) return Failed("sync", path_);
    return {};
  }

  Result<void> Truncate(int64_t size) override {
    if (::ftruncate(fd_.get(), size) != 0) return Failed("cut", path_);
    return {};
  }

 private:
  const UniqueFd fd_;
  const std::string path_;
};

}  // namespace

Result<std::shared_ptr<LogFile>> PosixLogFiles::Open(const std::string& path, Mode mode) {
  const int flags = O_CLOEXEC | O_NOFOLLOW | (mode == Mode::kReading ? O_RDONLY : O_RDWR) |
                    (mode == Mode::kCreate ? O_CREAT | O_TRUNC : 0);
  UniqueFd fd(::open(path.c_str(), flags, kPrivateFile));
  if (!fd) return Failed("open", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return Failed("look at", path);
  if (!S_ISREG(status.st_mode)) return Failed("open", path, EISDIR);
  const bool is_private = mode == Mode::kReading || (status.st_mode & 07777) == kPrivateFile;
  if (!is_private && ::fchmod(fd.get(), kPrivateFile) != 0) return Failed("make private", path);
  return std::make_shared<PosixLogFile>(std::move(fd), path);
}

Result<void> PosixLogFiles::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Failed("rename", from);
  return {};
}

Result<void> PosixLogFiles::Remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("remove", path);
  return {};
}

Result<void> PosixLogFiles::SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Failed("sync the folder", folder);
  return {};
}

Result<std::vector<std::string>> PosixLogFiles::Beside(const std::string& path) {
  JOBGATE_TRY(MakeFolderOf(path));
  std::vector<std::string> paths;
  const std::string name = std::filesystem::path(path).filename().string();
  const std::string prefix = path.substr(0, path.size() - name.size());
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(FolderOf(path), error)) {
    const std::string found = entry.path().filename().string();
    if (found.starts_with(name)) paths.push_back(prefix + found);
  }
  if (error) return Failed("list", FolderOf(path), error.value());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace jobgate::jsonl
