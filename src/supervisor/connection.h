// One end of the stream between daemon and supervisor: frames in and out without blocking.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/base/unique_fd.h"
#include "src/supervisor/frame.h"

namespace jobgate {

class WireConnection {
 public:
  // What may wait for a peer that does not read; more counts as a lost connection.
  static constexpr size_t kQueuedBytesMax = 64u << 20;

  // `socket` is a connected, non-blocking stream socket.
  explicit WireConnection(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  size_t QueuedBytes() const { return out_.size() - written_; }

  void Queue(std::string_view body);
  // Writes what the socket takes now. False: the peer is gone, or the queue is over its bound.
  bool Flush();
  // Reads what is there now. False: the peer is gone; frames read before still come from Next.
  bool Read();
  Result<std::optional<std::string_view>> Next() { return in_.Next(); }

 private:
  UniqueFd socket_;
  FrameReader in_;
  std::string out_;
  size_t written_ = 0;
};

}  // namespace jobgate
