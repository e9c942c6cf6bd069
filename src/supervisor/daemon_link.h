// The supervisor's side of the connections to daemons. One of them, the last that said hello, is
// heard; the older one is fenced: closed, with all that it still had to say.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "src/supervisor/connection.h"
#include "src/supervisor/poller.h"
#include "src/supervisor/protocol.h"

namespace jobgate {

class DaemonLink {
 public:
  // `first` is the inherited end of a connected pair. The socket in `socket_dir` is bound with the
  // first hello, since its sender holds the store's lock. `poller` must outlive this.
  DaemonLink(Poller& poller, UniqueFd socket_dir, UniqueFd first);
  // Removes the socket, where it still is this one's.
  ~DaemonLink();
  DaemonLink(const DaemonLink&) = delete;
  DaemonLink& operator=(const DaemonLink&) = delete;

  void OnListenerReady();
  // Orders of the daemon that is heard. A peer that breaks the protocol loses its connection.
  std::vector<wire::Order> OnReady(uint64_t serial);

  // Queues `news` for the daemon; without one it is dropped.
  template <typename News>
  void Send(const News& news) {
    SendBy(Duration::zero(), news);
  }
  // The same for what need not wake the daemon up: it goes with the next message that must, or at
  // `latest`, monotonic.
  template <typename News>
  void SendBy(Duration latest, const News& news) {
    WireConnection* daemon = Daemon();
    if (daemon == nullptr) return;
    daemon->Queue(wire::Encode(news));
    flush_at_ = flush_at_ ? std::min(*flush_at_, latest) : latest;
  }
  // When Flush has something to do; none = never.
  std::optional<Duration> FlushAt() const { return flush_at_; }
  // Bytes that the daemon has not taken yet.
  size_t QueuedBytes() const;
  // Writes what was queued and has to go by `now`.
  void Flush(Duration now);

  bool HasDaemon() const { return daemon_ != 0; }
  int daemon_pid() const { return daemon_pid_; }
  bool HasConnections() const { return !connections_.empty(); }
  // Whether daemons find this supervisor by the socket; false before the first hello.
  bool OwnsSocket() const;

 private:
  WireConnection* Daemon() const;
  void Add(UniqueFd socket);
  void Close(uint64_t serial);
  // Closes the connection after a last message.
  void Dismiss(uint64_t serial, const std::string& last_message);
  void Refuse(uint64_t serial, const std::string& why);
  // False where the connection was closed instead.
  bool Greet(uint64_t serial, const wire::Hello& hello);
  bool Listen(std::string& why);

  Poller& poller_;
  UniqueFd socket_dir_;
  UniqueFd listener_;
  uint64_t socket_inode_ = 0;
  std::map<uint64_t, std::unique_ptr<WireConnection>> connections_;
  uint64_t last_serial_ = 0;
  uint64_t daemon_ = 0;  // serial; 0 = none
  int daemon_pid_ = 0;
  bool waits_for_room_ = false;
  std::optional<Duration> flush_at_;
};

}  // namespace jobgate
