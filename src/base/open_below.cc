#include "src/base/open_below.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace jobgate {
namespace {

UniqueFd Open(int folder, const std::string& path, uint64_t flags, uint64_t resolve) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = resolve;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
}

}  // namespace

UniqueFd OpenBelow(int folder, const std::string& path, uint64_t flags) {
  return Open(folder, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

bool StaysBelow(int folder, const std::string& path) {
  if (Open(folder, path, O_PATH, RESOLVE_BENEATH)) return true;
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
}

}  // namespace jobgate
