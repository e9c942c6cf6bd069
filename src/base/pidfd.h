// pidfd_open(2) and pidfd_send_signal(2); the header of glibc 2.36 declares them without C linkage.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

namespace jobgate {

// Close-on-exec; -1 with errno where it fails.
inline int OpenPidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

inline bool SignalPidfd(int pidfd, int signal) {
  return syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

}  // namespace jobgate
