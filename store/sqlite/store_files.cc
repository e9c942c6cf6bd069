#include "store/sqlite/store_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "src/base/unique_fd.h"

namespace jobgate {
namespace {

constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr size_t kZerosAtOnce = 1 << 20;

tl::unexpected<Error> Failed(const std::string& what, const std::string& path) {
  return Fail(Code::kStoreFault, what + " " + path + ": " + std::strerror(errno));
}

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<void> SyncFolder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Failed("cannot sync the folder", path);
  return {};
}

Result<void> MakeFolder(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    errno = ENOTDIR;
    return Failed("cannot use as a folder", path);
  }
  JOBGATE_TRY(MakeFolder(ParentOf(path)));
  if (::mkdir(path.c_str(), kPrivateFolder) != 0 && errno != EEXIST)
    return Failed("cannot make the folder", path);
  if (::chmod(path.c_str(), kPrivateFolder) != 0) return Failed("cannot make private", path);
  return SyncFolder(ParentOf(path));
}

Result<void> MakePrivateIfThere(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return errno == ENOENT ? Result<void>{} : Result<void>(Failed("cannot look at", path));
  if ((status.st_mode & 07777) == kPrivateFile) return {};
  if (::chmod(path.c_str(), kPrivateFile) != 0) return Failed("cannot make private", path);
  return {};
}

Result<void> CreateDatabase(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPrivateFile));
  if (!fd) return Failed("cannot create", path);
  if (::fchmod(fd.get(), kPrivateFile) != 0 || ::fsync(fd.get()) != 0)
    return Failed("cannot create", path);
  return SyncFolder(ParentOf(path));
}

bool IsFull(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

// 0 or the error number.
int AppendZeros(int fd, int64_t from, int64_t to) {
  const std::vector<char> zeros(kZerosAtOnce);
  while (from < to) {
    const size_t size = std::min(zeros.size(), static_cast<size_t>(to - from));
    const ssize_t written = ::pwrite(fd, zeros.data(), size, from);
    if (written < 0) return errno;
    from += written;
  }
  return ::fdatasync(fd) == 0 ? 0 : errno;
}

}  // namespace

Result<void> ReserveFile(const std::string& path, int64_t bytes) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat before {};
  if (!fd || ::fstat(fd.get(), &before) != 0) return Failed("cannot reserve room for", path);
  const int error = AppendZeros(fd.get(), before.st_size, bytes);
  if (error == 0) return {};
  if (IsFull(error) && ::ftruncate(fd.get(), before.st_size) == 0) return {};
  errno = error;
  return Failed("cannot reserve room for", path);
}

Result<void> MakeFolderOf(const std::string& path) {
  return MakeFolder(ParentOf(path));
}

Result<void> PrepareStoreFiles(const std::string& path) {
  JOBGATE_TRY(MakeFolderOf(path));
  if (::access(path.c_str(), F_OK) != 0) return CreateDatabase(path);
  for (const char* suffix : {"", "-wal", "-shm"}) JOBGATE_TRY(MakePrivateIfThere(path + suffix));
  return {};
}

}  // namespace jobgate
