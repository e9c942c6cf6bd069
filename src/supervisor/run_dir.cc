#include "src/supervisor/run_dir.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace jobgate {
namespace {

constexpr char kPreparedParams[] = "params.json.new";
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

tl::unexpected<Error> Unusable(const std::string& path) {
  return Fail(Code::kUnavailable,
              "the folder " + path + " cannot be used: " + std::strerror(errno));
}

bool MakeDirs(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return true;
  const size_t slash = path.rfind('/');
  if (errno != ENOENT || slash == 0 || slash == std::string::npos) return false;
  return MakeDirs(path.substr(0, slash)) && (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST);
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
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

Result<RunDir> RunDir::Make(const std::string& path) {
  if (!MakeDirs(path)) return Unusable(path);
  UniqueFd dir(open(path.c_str(), kOpenFolder));
  if (!dir) return Unusable(path);
  // One may lie there of a supervisor that was killed before the start.
  if (unlinkat(dir.get(), kPreparedParams, 0) != 0 && errno != ENOENT) return Unusable(path);
  UniqueFd params(openat(dir.get(), kPreparedParams,
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!params) return Unusable(path);
  return RunDir(path, std::move(dir), std::move(params));
}

Result<RunDir> RunDir::Open(const std::string& path) {
  UniqueFd dir(open(path.c_str(), kOpenFolder));
  if (!dir) return Unusable(path);
  UniqueFd params(openat(dir.get(), kPreparedParams, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!params) return Unusable(path);
  return RunDir(path, std::move(dir), std::move(params));
}

Result<void> RunDir::WriteParams(std::string_view params) {
  if (!WriteAll(params_.get(), params)) return Unusable(path_);
  params_.Reset();
  return {};
}

Result<void> RunDir::Begin() {
  if (renameat2(fd_.get(), kPreparedParams, fd_.get(), kParamsFile, RENAME_NOREPLACE) == 0)
    return {};
  if (errno != EEXIST) return Unusable(path_);
  return Fail(Code::kConflict,
              "the folder " + path_ + " is in use: this attempt was started before");
}

// The job's folder goes with its last attempt's; rmdir(2) leaves what is not empty.
void RunDir::Discard() {
  unlinkat(fd_.get(), kPreparedParams, 0);
  rmdir(path_.c_str());
  rmdir(path_.substr(0, path_.rfind('/')).c_str());
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
