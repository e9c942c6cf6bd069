#include "src/http/run_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace jobgate {
namespace {

std::string FolderOf(const JobId& job, int attempt) {
  return job + "/" + std::to_string(attempt);
}

bool IsRegularFile(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// More than "." and ".." make it one that is not.
bool IsEmpty(UniqueFd folder) {
  DIR* entries = ::fdopendir(folder.get());
  if (!entries) return false;
  static_cast<void>(folder.Release());
  int count = 0;
  while (count < 3 && ::readdir(entries) != nullptr) ++count;
  ::closedir(entries);
  return count == 2;
}

}  // namespace

UniqueFd RunFiles::OpenBelow(const std::string& relative, int flags) const {
  UniqueFd root(::open(runs_dir_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root || relative.empty()) return root;
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, root.get(), relative.c_str(), &how, sizeof how)));
}

UniqueFd RunFiles::OpenLog(const JobId& job, int attempt, LogStreamName stream) const {
  const std::string name = stream == LogStreamName::kStdout ? "/stdout.log" : "/stderr.log";
  // O_NONBLOCK: a FIFO in its place must not hold the caller.
  UniqueFd file = OpenBelow(FolderOf(job, attempt) + name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  return file && IsRegularFile(file.get()) ? std::move(file) : UniqueFd();
}

bool RunFiles::WereRemoved(const JobId& job) const {
  UniqueFd folder = OpenBelow(job, O_RDONLY | O_DIRECTORY);
  return folder && IsEmpty(std::move(folder));
}

RunFiles::Folder RunFiles::DeepestFolder(const JobId& job, int attempt) const {
  constexpr int kFlags = O_PATH | O_DIRECTORY;
  for (int depth = 2; depth >= 0; --depth) {
    const std::string relative = depth == 2 ? FolderOf(job, attempt) : depth == 1 ? job : "";
    UniqueFd folder = OpenBelow(relative, kFlags);
    if (folder) return {std::move(folder), depth};
  }
  return {};
}

}  // namespace jobgate
