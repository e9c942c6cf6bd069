#include "src/supervisor/daemon_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/supervisor/socket.h"

namespace jobgate {
namespace {

constexpr size_t kConnectionsMax = 8;

uint64_t InodeOfSocket(int dir_fd) {
  struct stat info {};
  return fstatat(dir_fd, kSocketName, &info, AT_SYMLINK_NOFOLLOW) == 0 ? info.st_ino : 0;
}

}  // namespace

DaemonLink::DaemonLink(Poller& poller, UniqueFd socket_dir, UniqueFd first)
    : poller_(poller), socket_dir_(std::move(socket_dir)) {
  Add(std::move(first));
}

DaemonLink::~DaemonLink() {
  if (OwnsSocket()) unlinkat(socket_dir_.get(), kSocketName, 0);
}

bool DaemonLink::OwnsSocket() const {
  return socket_inode_ != 0 && InodeOfSocket(socket_dir_.get()) == socket_inode_;
}

WireConnection* DaemonLink::Daemon() const {
  const auto found = connections_.find(daemon_);
  return found == connections_.end() ? nullptr : found->second.get();
}

size_t DaemonLink::QueuedBytes() const {
  const WireConnection* daemon = Daemon();
  return daemon == nullptr ? 0 : daemon->QueuedBytes();
}

void DaemonLink::OnListenerReady() {
  if (UniqueFd socket = AcceptSameUser(listener_.get())) Add(std::move(socket));
}

// The oldest that never said hello makes room.
void DaemonLink::Add(UniqueFd socket) {
  if (connections_.size() >= kConnectionsMax) {
    const auto oldest = connections_.begin();
    Close(oldest->first == daemon_ ? std::next(oldest)->first : oldest->first);
  }
  const uint64_t serial = ++last_serial_;
  if (poller_.Watch(socket.get(), Source::kConnection, serial)) {
    connections_[serial] = std::make_unique<WireConnection>(std::move(socket));
  }
}

void DaemonLink::Close(uint64_t serial) {
  const auto found = connections_.find(serial);
  if (found == connections_.end()) return;
  poller_.Forget(found->second->fd());
  connections_.erase(found);
  if (serial == daemon_) daemon_ = 0;
}

void DaemonLink::Dismiss(uint64_t serial, const std::string& last_message) {
  WireConnection& connection = *connections_[serial];
  connection.Queue(last_message);
  connection.Flush();
  Close(serial);
}

void DaemonLink::Refuse(uint64_t serial, const std::string& why) {
  Dismiss(serial, wire::Encode(wire::Refused{why}));
}

std::vector<wire::Order> DaemonLink::OnReady(uint64_t serial) {
  std::vector<wire::Order> orders;
  const auto found = connections_.find(serial);
  if (found == connections_.end()) return orders;
  WireConnection& connection = *found->second;
  const bool alive = connection.Flush() && connection.Read();
  while (true) {
    const auto frame = connection.Next();
    if (frame && !*frame) break;
    auto order = frame ? wire::DecodeOrder(**frame) : Fail(Code::kTooLarge, "a frame is too large");
    const wire::Hello* hello = order ? std::get_if<wire::Hello>(&*order) : nullptr;
    const bool in_turn = order && (hello != nullptr) == (serial != daemon_);
    if (!in_turn) {
      Refuse(serial, order ? "hello comes first, and once" : order.error().message);
      return orders;
    }
    if (hello != nullptr && !Greet(serial, *hello)) return orders;
    orders.push_back(std::move(*order));
  }
  if (!alive) Close(serial);
  return orders;
}

bool DaemonLink::Greet(uint64_t serial, const wire::Hello& hello) {
  std::string why;
  if (hello.protocol != wire::kProtocol) {
    why = "this supervisor speaks protocol " + std::to_string(wire::kProtocol) + ", the daemon " +
          std::to_string(hello.protocol) +
          ": start the older version once more, let its jobs end, then upgrade";
  }
  if (!why.empty() || !Listen(why)) {
    Refuse(serial, why);
    return false;
  }
  if (daemon_ != 0) Dismiss(daemon_, wire::Encode(wire::Fenced{hello.pid}));
  daemon_ = serial;
  daemon_pid_ = hello.pid;
  waits_for_room_ = false;
  return true;
}

bool DaemonLink::Listen(std::string& why) {
  if (listener_) return true;
  auto listener = ListenInDir(socket_dir_.get());
  if (!listener) {
    why = listener.error().message;
    return false;
  }
  listener_ = *std::move(listener);
  socket_inode_ = InodeOfSocket(socket_dir_.get());
  return poller_.Watch(listener_.get(), Source::kListener);
}

void DaemonLink::Flush(Duration now) {
  const bool due = flush_at_ && now >= *flush_at_;
  if (!due && !waits_for_room_) return;
  flush_at_.reset();
  WireConnection* daemon = Daemon();
  if (daemon == nullptr) return;
  if (!daemon->Flush()) return Close(daemon_);
  const bool waits = daemon->QueuedBytes() > 0;
  if (waits != waits_for_room_)
    poller_.WatchWrites(daemon->fd(), Source::kConnection, daemon_, waits);
  waits_for_room_ = waits;
}

}  // namespace jobgate
