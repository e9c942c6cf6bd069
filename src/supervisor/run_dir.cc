#include "src/supervisor/run_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "src/base/write_all.h"
#include "src/seal/seal_plan.h"

namespace jobgate {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kPreparedMode =
    0700;  // of the params before the start: nothing else is executable
constexpr mode_t kPermissions = 07777;

tl::unexpected<Error> Unusable(const std::string& path) {
  return Fail(Code::kUnavailable,
              "the folder " + path + " cannot be used: " + std::strerror(errno));
}

bool MakeDirs(const std::string& path) {
  if (mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST) return true;
  const size_t slash = path.rfind('/');
  if (errno != ENOENT || slash == 0 || slash == std::string::npos) return false;
  return MakeDirs(path.substr(0, slash)) &&
         (mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST);
}

// Up to `bytes_max` bytes of `fd` from `offset` on.
std::string ReadFrom(int fd, off_t offset, size_t bytes_max) {
  std::string content(bytes_max, '\0');
  size_t size = 0;
  while (size < bytes_max) {
    const ssize_t n =
        pread(fd, content.data() + size, bytes_max - size, offset + static_cast<off_t>(size));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    size += static_cast<size_t>(n);
  }
  content.resize(size);
  return content;
}

}  // namespace

bool HoldsOnly(int dir_fd, std::string_view name) {
  alignas(dirent64) std::array<char, 1024> entries;
  if (lseek(dir_fd, 0, SEEK_SET) != 0) return false;
  bool found = false;
  for (;;) {
    const ssize_t size = getdents64(dir_fd, entries.data(), entries.size());
    if (size < 0) return false;
    if (size == 0) return found;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries.data() + at);
      const std::string_view held = entry->d_name;
      if (held != "." && held != ".." && held != name) return false;
      found |= held == name;
      at += entry->d_reclen;
    }
  }
}

Result<RunDir> RunDir::Make(const std::string& path) {
  if (!MakeDirs(path)) return Unusable(path);
  UniqueFd dir(open(path.c_str(), kOpenFolder));
  if (!dir) return Unusable(path);
  struct stat found {};
  if (fstatat(dir.get(), kParamsFile, &found, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(found.st_mode) || (found.st_mode & kPermissions) != kPreparedMode)
      return Fail(Code::kConflict,
                  "the folder " + path + " is in use: this attempt was started before");
    // Of a supervisor that was killed before the start.
    if (unlinkat(dir.get(), kParamsFile, 0) != 0) return Unusable(path);
  }
  UniqueFd params(openat(dir.get(), kParamsFile, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         kPreparedMode));
  if (!params) return Unusable(path);
  return RunDir(path, std::move(dir), std::move(params));
}

Result<RunDir> RunDir::Open(const std::string& path) {
  UniqueFd dir(open(path.c_str(), kOpenFolder));
  if (!dir) return Unusable(path);
  UniqueFd params(openat(dir.get(), kParamsFile, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!params) return Unusable(path);
  return RunDir(path, std::move(dir), std::move(params));
}

// Over what an attempt before left in it, which often is the same: most jobs of an entrypoint
// without params have {}. Cutting the file off first would make ext4 write it to the disk at once
// (auto_da_alloc, ext4(5)).
Result<void> RunDir::WriteParams(std::string_view params) {
  struct stat info {};
  if (fstat(params_.get(), &info) != 0) return Unusable(path_);
  params_inode_ = info.st_ino;
  const auto size = static_cast<off_t>(params.size());
  if (info.st_size == size && ReadFrom(params_.get(), 0, params.size()) == params) return {};
  if (!WriteAll(params_.get(), params) ||
      (info.st_size > size && ftruncate(params_.get(), size) != 0))
    return Unusable(path_);
  return {};
}

Result<void> RunDir::WriteSealPlan(std::string_view text) {
  const UniqueFd file(openat(fd_.get(), kSealPlanFile,
                             O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file || !WriteAll(file.get(), text)) return Unusable(path_);
  return {};
}

Result<void> RunDir::Begin() {
  if (fchmod(params_.get(), kFileMode) != 0) return Unusable(path_);
  params_.Reset();
  return {};
}

// The job's folder goes with its last attempt's; rmdir(2) leaves what is not empty.
void RunDir::Discard() {
  unlinkat(fd_.get(), kParamsFile, 0);
  unlinkat(fd_.get(), kSealPlanFile, 0);
  rmdir(path_.c_str());
  rmdir(path_.substr(0, path_.rfind('/')).c_str());
}

bool RunDir::HoldsOnlyParams() {
  holds_only_params_ = HoldsOnly(fd_.get(), kParamsFile);
  return holds_only_params_;
}

bool RunDir::IsUntouched() const {
  struct stat info {};
  if (!holds_only_params_ || fstat(fd_.get(), &info) != 0 ||
      (info.st_mode & kPermissions) != kFolderMode)
    return false;
  return fstatat(fd_.get(), kParamsFile, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         info.st_ino == params_inode_ && info.st_nlink == 1 &&
         (info.st_mode & kPermissions) == kFileMode;
}

bool RunDir::TakeBack() {
  return fchmodat(fd_.get(), kParamsFile, kPreparedMode, 0) == 0;
}

std::optional<std::string> RunDir::Read(const char* name) const {
  const UniqueFd file(openat(fd_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
    return {};
  const auto size = static_cast<size_t>(std::min<off_t>(info.st_size, kFileBytesMax + 1));
  return ReadFrom(file.get(), 0, size);
}

std::optional<std::string> RunDir::ReadEnd(const char* name, size_t bytes_max) const {
  const UniqueFd file(openat(fd_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
    return {};
  const auto size = std::min<off_t>(info.st_size, static_cast<off_t>(bytes_max));
  return ReadFrom(file.get(), info.st_size - size, static_cast<size_t>(size));
}

}  // namespace jobgate
