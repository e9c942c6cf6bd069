#include "src/supervisor/run_supervisor.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "src/base/clock.h"
#include "src/base/random.h"
#include "src/supervisor/socket.h"
#include "src/supervisor/supervisor.h"
#include "src/supervisor/text.h"

namespace jobgate {
namespace {

void CloseAllBut(int fd) {
  const auto kept = static_cast<unsigned>(fd);
  if (kept > 3) close_range(3, kept - 1, 0);
  close_range(kept + 1, UINT_MAX, 0);
}

// Ignored signals would stay ignored in the attempts.
void ResetIgnoredSignals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      std::signal(signal, SIG_DFL);
    }
  }
}

// Everything is blocked but what tells of a crash.
void BlockSignals() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    sigdelset(&blocked, signal);
  }
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

UniqueFd HeardSignals() {
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGCHLD);
  sigaddset(&heard, SIGTERM);
  UniqueFd fd(signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

std::string RandomIncarnation() {
  SystemRandom random;
  const uint64_t bits[2] = {random.Next(), random.Next()};
  return ToHex({reinterpret_cast<const char*>(bits), sizeof bits});
}

int Complain(const std::string& what) {
  std::fprintf(stderr, "jobgate supervise: %s\n", what.c_str());
  return 1;
}

int Run(UniqueFd socket_dir, UniqueFd first) {
  const SystemClock clock;
  try {
    Supervisor supervisor(std::move(socket_dir), std::move(first), HeardSignals(),
                          RandomIncarnation(), clock);
    supervisor.Run();
    return 0;
  } catch (const std::exception& error) {
    return Complain(error.what());
  }
}

}  // namespace

int RunSupervisor(const SupervisorOptions& options) {
  if (options.fd < 3 || fcntl(options.fd, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(options.fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0) {
    return Complain("is started by `jobgate serve` alone (--fd is no connection to it)");
  }
  UniqueFd first(options.fd);
  CloseAllBut(options.fd);
  ResetIgnoredSignals();
  BlockSignals();
  auto socket_dir = OpenSocketDir(options.socket_dir);
  if (!socket_dir) return Complain(socket_dir.error().message);
  if (options.umask) umask(*options.umask);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (chdir("/") != 0) return Complain("cannot enter /");  // holds no file system but the store's
  return Run(*std::move(socket_dir), std::move(first));
}

}  // namespace jobgate
