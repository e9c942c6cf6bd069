#include "src/cli/interrupt.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace jobgate {
namespace {

constexpr int kExitInterrupted = 130;

// Filled before the handler is installed, and only read by it.
std::array<char, 512> notice;
size_t notice_bytes = 0;

void OnInterrupt(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, notice.data(), notice_bytes);
  ::_exit(kExitInterrupted);
}

}  // namespace

InterruptNotice::InterruptNotice(const std::string& line) {
  notice_bytes = std::min(line.size(), notice.size() - 1);
  std::copy_n(line.data(), notice_bytes, notice.data());
  notice[notice_bytes++] = '\n';
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  ::sigaction(SIGINT, &action, &before_);
}

InterruptNotice::~InterruptNotice() {
  ::sigaction(SIGINT, &before_, nullptr);
}

}  // namespace jobgate
