#include "store/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "src/base/clock.h"
#include "src/base/digest.h"
#include "store/own_files.h"

namespace jobgate {
namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr off_t kSyncedBytes = 1 << 20;
constexpr unsigned int kAndWait =
    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
constexpr const char* kUnfinished = ".unfinished-";

tl::unexpected<Error> Failed(const std::string& what, const std::string& path) {
  return Fail(Code::kStoreFault, "cannot " + what + " " + path + ": " + std::strerror(errno));
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

tl::unexpected<Error> Taken(const std::string& path) {
  return Fail(Code::kConflict, path + " is there already: name another file, or move it away");
}

}  // namespace

UnfinishedFile::UnfinishedFile(std::string path, std::string unfinished, bool may_replace)
    : path_(std::move(path)), unfinished_(std::move(unfinished)), may_replace_(may_replace) {}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : path_(std::move(other.path_)),
      unfinished_(std::exchange(other.unfinished_, "")),
      may_replace_(other.may_replace_) {}

UnfinishedFile::~UnfinishedFile() {
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

Result<UnfinishedFile> UnfinishedFile::Create(const std::string& path, bool may_replace) {
  struct stat status {};
  if (!may_replace && ::lstat(path.c_str(), &status) == 0) return Taken(path);
  if (::stat(FolderOf(path).c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return FailField("/path", "there is no folder " + FolderOf(path));
  if (!may_replace)
    if (const auto store = StoreThatOwns(path))
      return FailField("/path", "the store " + *store + " calls one of its own files " + path +
                                    ": name another file");
  std::string unfinished = path + kUnfinished + "XXXXXX";
  const UniqueFd fd(::mkostemp(unfinished.data(), O_CLOEXEC));
  if (!fd) return Failed("make", path);
  UnfinishedFile file(path, std::move(unfinished), may_replace);
  if (::fchmod(fd.get(), kPrivateFile) != 0) return Failed("make private", path);
  return file;
}

Result<void> UnfinishedFile::Finish() {
  JOBGATE_TRY(SyncFile(unfinished_));
  const unsigned int flags = may_replace_ ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, unfinished_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
    if (errno == EEXIST) return Taken(path_);
    return Failed("rename to", path_);
  }
  unfinished_.clear();
  return SyncFolderOf(path_);
}

void RemoveUnfinished(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(FolderOf(path), error)) {
    const std::string found = entry.path().filename().string();
    if (found.starts_with(name) && found.find(kUnfinished) != std::string::npos)
      ::unlink(entry.path().c_str());
  }
}

std::string StampOfNow() {
  std::string stamp = FormatTime(SystemClock().Now());
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
  return stamp;
}

Result<UniqueFd> NamelessFileIn(const std::string& folder) {
  std::string path = folder + "/nameless-XXXXXX";
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) return Failed("make a file in", folder);
  if (::unlink(path.c_str()) != 0) return Failed("remove", path);
  return fd;
}

Result<void> WriteAll(const UniqueFd& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> WriteOut(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::sync_file_range(fd.get(), 0, 0, kAndWait) != 0) return Failed("write", path);
  return {};
}

Result<void> SyncFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return Failed("sync", path);
  for (off_t at = 0; at < status.st_size; at += kSyncedBytes)
    if (::sync_file_range(fd.get(), at, kSyncedBytes, kAndWait) != 0) return Failed("sync", path);
  if (::fsync(fd.get()) != 0) return Failed("sync", path);
  return {};
}

Result<void> SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Failed("sync the folder", folder);
  return {};
}

Result<int64_t> SizeOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Failed("look at", path);
  return status.st_size;
}

Result<void> LinkAs(const std::string& path, const std::string& second) {
  if (::link(path.c_str(), second.c_str()) == 0) return {};
  return Failed("link to " + second, path);
}

Result<void> RemoveIfThere(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Failed("remove", path);
}

Result<void> CopyFile(const std::string& from, const std::string& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return Failed("read", from);
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CLOEXEC));
  if (!target) return Failed("write", to);
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t count = ::read(source.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", from);
    if (count == 0) return {};
    JOBGATE_TRY(WriteAll(target, {buffer.data(), static_cast<size_t>(count)}, to));
  }
}

Result<std::string> Sha256OfFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Failed("read", path);
  Sha256Sum sum;
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", path);
    if (count == 0) return sum.Hex();
    sum.Add({buffer.data(), static_cast<size_t>(count)});
  }
}

}  // namespace jobgate
