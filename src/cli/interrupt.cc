#include "src/cli/interrupt.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>

namespace jobgate {
namespace {

constexpr int kExitInterrupted = 130;

// Filled before the handler is installed, and only read by it.
std::array<char, 512> notice;
size_t notice_bytes = 0;
std::array<char, PATH_MAX> unfinished_path;  // ends with a zero

void OnInterrupt(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, notice.data(), notice_bytes);
  if (unfinished_path[0] != '\0') ::unlink(unfinished_path.data());
  ::_exit(kExitInterrupted);
}

}  // namespace

InterruptLater::InterruptLater() {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &interrupt, &before_);
}

InterruptLater::~InterruptLater() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

InterruptNotice::InterruptNotice(const std::string& line, const std::string& unfinished) {
  notice_bytes = std::min(line.size(), notice.size() - 1);
  std::copy_n(line.data(), notice_bytes, notice.data());
  notice[notice_bytes++] = '\n';
  const size_t path_bytes = std::min(unfinished.size(), unfinished_path.size() - 1);
  std::copy_n(unfinished.data(), path_bytes, unfinished_path.data());
  unfinished_path[path_bytes] = '\0';
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  ::sigaction(SIGINT, &action, &before_);
}

InterruptNotice::~InterruptNotice() {
  ::sigaction(SIGINT, &before_, nullptr);
}

}  // namespace jobgate
