#include "src/http/connection.h"

#include <sys/socket.h>

#include <cerrno>

namespace jobgate {
namespace {

constexpr size_t kBufferKept = 16 * 1024;

// Gives the memory of a large message back once it is gone.
void Cleared(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kBufferKept) buffer.shrink_to_fit();
}

}  // namespace

Connection::Connection(uint64_t id, UniqueFd socket, Arrival arrival, Duration now)
    : id_(id),
      socket_(std::move(socket)),
      arrival_(std::move(arrival)),
      since_(now),
      progress_at_(now) {}

void Connection::Close() {
  socket_.Reset();
  stream.reset();
}

void Connection::Ready(bool readable, bool writable, bool peer_done) {
  readable_ = readable_ || readable || peer_done;
  writable_ = writable_ || writable;
  peer_done_ = peer_done_ || peer_done;
}

Connection::Read Connection::Discard(std::vector<char>& scratch) {
  if (!readable_) return Read::kDry;
  const ssize_t count = ::recv(fd(), scratch.data(), scratch.size(), 0);
  if (count > 0) return Read::kSome;
  if (count == 0) return Read::kEnd;
  if (errno != EAGAIN && errno != EINTR) return Read::kFailed;
  readable_ = errno == EINTR;
  return readable_ ? Read::kSome : Read::kDry;
}

Connection::Read Connection::Fill(std::vector<char>& scratch) {
  if (!readable_) return Read::kDry;
  const ssize_t count = ::recv(fd(), scratch.data(), scratch.size(), 0);
  if (count > 0) {
    const auto size = static_cast<size_t>(count);
    received.append(scratch.data(), size);
    // A short read took all there was; the next edge tells of more (epoll(7)).
    if (size < scratch.size() && !peer_done_) readable_ = false;
    return Read::kSome;
  }
  if (count == 0) return Read::kEnd;
  if (errno == EINTR) return Read::kSome;
  if (errno != EAGAIN) return Read::kFailed;
  readable_ = false;
  return Read::kDry;
}

bool Connection::Flush(Duration now) {
  if (Unsent() == 0) return true;
  if (!sending_) progress_at_ = now;
  sending_ = true;
  if (!writable_) return true;
  while (Unsent() > 0) {
    const ssize_t count = ::send(fd(), output_.data() + sent_, Unsent(), MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<size_t>(count);
      progress_at_ = now;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    writable_ = false;
    // What was sent goes, so that a slow client keeps no more than what is unsent.
    if (sent_ >= kBufferKept) {
      output_.erase(0, sent_);
      sent_ = 0;
    }
    return true;
  }
  sent_ = 0;
  sending_ = false;
  Cleared(output_);
  return true;
}

bool Connection::ShutdownWriting() {
  if (writing_shut_) return false;
  ::shutdown(fd(), SHUT_WR);
  return writing_shut_ = true;
}

void Connection::Enter(State state, Duration now) {
  state_ = state;
  since_ = now;
  if (state == State::kReading && received.empty()) Cleared(received);
}

}  // namespace jobgate
