#include "src/daemon/bus_error.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "src/base/json.h"

namespace jobgate {
namespace {

// Filled before the handler is installed, and only read by it.
std::string line;  // NOLINT(cert-err58-cpp)

void OnBusError(int signal, siginfo_t* info, void*) {
  if (info->si_code != BUS_ADRERR) {
    ::raise(signal);  // its default by now
    return;
  }
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(EXIT_FAILURE);
}

}  // namespace

void TellOfBusErrors(const std::string& store_path) {
  line =
      Canonical({{"level", "critical"},
                 {"message",
                  "the file system of " + store_path +
                      " can no longer be written (SIGBUS): the daemon ends, jobs run on. Look at "
                      "the kernel's log, make it writable, then start jobgate again"}}) +
      "\n";
  struct sigaction action {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_RESETHAND;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace jobgate
