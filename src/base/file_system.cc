#include "src/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <system_error>
#include <utility>

#include "src/base/open_below.h"
#include "src/base/unique_fd.h"
#include "src/base/write_all.h"

namespace jobgate {
namespace {

Code CodeOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kForbidden;
    default:
      return Code::kInternal;
  }
}

tl::unexpected<Error> FailErrno(std::string_view verb, const std::string& path, int error) {
  return Fail(CodeOfErrno(error), "cannot " + std::string(verb) + " " + path + ": " +
                                      std::generic_category().message(error));
}

std::string FolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// 0, or the errno of the call that failed.
int WriteAndSync(int fd, std::string_view content, mode_t permissions) {
  if (::fchmod(fd, permissions) != 0) return errno;
  if (!WriteAll(fd, content)) return errno;
  return ::fsync(fd) == 0 ? 0 : errno;
}

int SyncFolder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  return ::fsync(fd.get()) == 0 ? 0 : errno;
}

Result<std::string> ReadAll(int fd, const std::string& path, size_t bytes_max) {
  std::string content;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("read", path, errno);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(count));
    if (content.size() > bytes_max)
      return Fail(Code::kTooLarge,
                  path + " is larger than " + std::to_string(bytes_max) + " bytes");
  }
}

}  // namespace

Result<std::string> PosixFileSystem::ReadFile(const std::string& path, size_t bytes_max) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return FailErrno("read", path, errno);
  return ReadAll(fd.get(), path, bytes_max);
}

Result<FileContent> PosixFileSystem::ReadBelow(const std::string& folder, const std::string& path,
                                               size_t bytes_max) {
  const std::string whole = folder + "/" + path;
  const UniqueFd top(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return FailErrno("enter", folder, errno);
  const UniqueFd fd(OpenBelow(top.get(), path, O_RDONLY | O_NONBLOCK));
  if (!fd && errno == ELOOP)
    return Fail(Code::kConflict, whole + " is reached over a symbolic link");
  const bool is_socket = !fd && errno == ENXIO;
  if (!fd && !is_socket) return FailErrno("read", whole, errno);
  struct stat status {};
  if (!is_socket && ::fstat(fd.get(), &status) != 0) return FailErrno("look at", whole, errno);
  if (!S_ISREG(status.st_mode)) return Fail(Code::kInvalidArgument, whole + " is no file");
  auto bytes = ReadAll(fd.get(), whole, bytes_max);
  if (!bytes) return Fail(std::move(bytes).error());
  return FileContent{*std::move(bytes), status.st_mode & 07777u};
}

Result<void> PosixFileSystem::WriteFileAtomically(const std::string& path, std::string_view content,
                                                  mode_t permissions) {
  std::string temporary = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return FailErrno("write", path, errno);
  int error = WriteAndSync(fd.get(), content, permissions);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return FailErrno("write", path, error);
  }
  if (const int folder_error = SyncFolder(FolderOf(path)))
    return FailErrno("write", path, folder_error);
  return {};
}

Result<void> PosixFileSystem::MakeDirectories(const std::string& path, mode_t permissions) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    if (::mkdir(folder.c_str(), permissions) != 0 && errno != EEXIST)
      return FailErrno("make the folder", folder, errno);
    if (end == std::string::npos) break;
  }
  auto status = Stat(path);
  if (!status) return tl::unexpected<Error>(status.error());
  if (!status->is_directory) return FailErrno("make the folder", path, EEXIST);
  return {};
}

Result<FileStatus> PosixFileSystem::Stat(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return FailErrno("look at", path, errno);
  return FileStatus{status.st_mode & 07777u, S_ISDIR(status.st_mode), status.st_uid,
                    status.st_size};
}

Result<DiskSpace> PosixFileSystem::SpaceAt(const std::string& path) {
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return FailErrno("measure the disk of", path, errno);
  const auto unit = static_cast<int64_t>(space.f_frsize);
  return DiskSpace{static_cast<int64_t>(space.f_bavail) * unit,
                   static_cast<int64_t>(space.f_blocks) * unit};
}

bool PosixFileSystem::Allows(const std::string& path, Access access) {
  const int mode = access == Access::kRead ? R_OK : access == Access::kWrite ? W_OK : X_OK;
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

Result<std::string> PosixFileSystem::CurrentDirectory() {
  std::array<char, PATH_MAX> buffer;
  if (::getcwd(buffer.data(), buffer.size()) == nullptr)
    return FailErrno("name", "the current folder", errno);
  return std::string(buffer.data());
}

}  // namespace jobgate
