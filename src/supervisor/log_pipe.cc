#include "src/supervisor/log_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace jobgate {
namespace {

constexpr size_t kChunkBytes = 64 * 1024;
constexpr size_t kDrainBytesMax = 1u << 20;  // fs.pipe-max-size, pipe(7)

}  // namespace

Result<LogPipe> LogPipe::Create(LogWriter writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Fail(Code::kUnavailable,
                std::string("no pipe for the job's output: ") + std::strerror(errno));
  }
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  // The reading end alone: the job gets a pipe that blocks, as programs expect.
  fcntl(read.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
  return LogPipe(std::move(read), std::move(write), std::move(writer));
}

void LogPipe::Pump() {
  CopyOnce();
}

void LogPipe::Drain() {
  for (size_t total = 0; total < kDrainBytesMax;) {
    const size_t copied = CopyOnce();
    if (copied == 0) break;
    total += copied;
  }
  writer_.Finish();
}

size_t LogPipe::CopyOnce() {
  static std::array<char, kChunkBytes> chunk;
  const ssize_t n = read(read_.get(), chunk.data(), chunk.size());
  if (n <= 0) return 0;
  writer_.Write({chunk.data(), static_cast<size_t>(n)});
  return static_cast<size_t>(n);
}

}  // namespace jobgate
