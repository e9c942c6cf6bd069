#include "src/http/file_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace jobgate {
namespace {

constexpr int64_t kPieceBytes = 32 * 1024;

}  // namespace

FileStream::FileStream(UniqueFd file, StreamHead head)
    : file_(std::move(file)), head_(std::move(head)) {
  struct stat status {};
  head_.length = file_ && ::fstat(file_.get(), &status) == 0 ? status.st_size : 0;
}

void FileStream::Pump(StreamPort& port) {
  std::array<char, kPieceBytes> piece;
  const int64_t size = *head_.length;
  while (sent_ < size && port.Room() > 0) {
    const auto want = static_cast<size_t>(std::min(kPieceBytes, size - sent_));
    const ssize_t count = ::pread(file_.get(), piece.data(), want, sent_);
    if (count <= 0) return port.Abort();  // shorter than it was: the length told is wrong
    port.Write({piece.data(), static_cast<size_t>(count)});
    sent_ += count;
  }
  if (sent_ == size) port.End();
}

}  // namespace jobgate
