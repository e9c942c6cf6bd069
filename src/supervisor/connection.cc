#include "src/supervisor/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace jobgate {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr int kReadsPerCall = 16;

bool IsPause(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

void WireConnection::Queue(std::string_view body) {
  AppendFrame(out_, body);
}

bool WireConnection::Flush() {
  while (written_ < out_.size()) {
    const ssize_t n = send(socket_.get(), out_.data() + written_, out_.size() - written_,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return IsPause(errno) && QueuedBytes() <= kQueuedBytesMax;
    written_ += static_cast<size_t>(n);
  }
  out_.clear();
  written_ = 0;
  return true;
}

bool WireConnection::Read() {
  static thread_local std::array<char, kReadBytes> chunk;
  for (int i = 0; i < kReadsPerCall; ++i) {
    const ssize_t n = recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (n < 0) return IsPause(errno);
    if (n == 0) return false;
    in_.Append({chunk.data(), static_cast<size_t>(n)});
    if (static_cast<size_t>(n) < chunk.size()) return true;
  }
  return true;
}

}  // namespace jobgate
