// Writing to a descriptor to the end.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace jobgate {

// False where write(2) failed, with its errno; some of it may be written then.
inline bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace jobgate
