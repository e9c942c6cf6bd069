// The front thread: every client socket in one epoll, from accept to the last byte of a reply.
// Requests are read strictly, admitted, and handed to their route's handler; replies come back
// through the Outbox. No thread waits for a client, and no client for another.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/base/clock.h"
#include "src/http/admittance.h"
#include "src/http/connection.h"
#include "src/http/folder_watch.h"
#include "src/http/http_options.h"
#include "src/http/listener.h"
#include "src/http/outbox.h"

namespace jobgate {

class Front {
 public:
  // All references must outlive it. `handled` is called whenever all requests that had arrived were
  // given to their handlers.
  Front(const HttpOptions& options, Listener listener, const RouteTable& routes,
        const AccessRules& access, const Clock& clock, std::shared_ptr<Outbox> outbox,
        FolderWatch& folders, std::function<void()> handled);

  // Serves until Stop; the calling thread becomes the front thread.
  void Run();

  // Any thread.
  void Stop();
  void PumpStreams();  // something new may be there for the streams

 private:
  using State = Connection::State;

  void Watch(int fd, uint64_t id, uint32_t events);
  void WaitAndHandle();
  void OnReady(uint64_t id, uint32_t events);
  Duration NextCheck() const;

  // --- connections
  void AcceptSome();
  void Welcome(Listener::Accepted accepted);
  size_t CountOpen() const;
  bool EvictIdle();
  void PauseAccepting();
  void ResumeAccepting();
  void Drop(Connection& connection);
  void BurySome();

  // --- requests
  // Does all that can be done for a connection now.
  void Advance(Connection& connection);
  // One step each; false: nothing more can be done now.
  bool AdvanceReading(Connection& connection);
  bool AdvanceLingering(Connection& connection);
  bool ReadRequest(Connection& connection);
  bool TakeHead(Connection& connection, size_t head_bytes);
  void Dispatch(Connection& connection);
  bool FillFrom(Connection& connection);
  void Consume(Connection& connection, size_t bytes);
  // A reply to what cannot be read further: the connection closes after it.
  void Refuse(Connection& connection, const Error& error);

  // --- replies
  void DeliverAll();
  void Deliver(Delivery& delivery);
  void Answer(Connection& connection, const HttpReply& reply);
  void AfterReply(Connection& connection);

  // --- streams
  void StartStream(Connection& connection, std::unique_ptr<StreamSource> source);
  void Pump(Connection& connection);
  void EndStream(Connection& connection);
  class Port;

  // --- time
  Duration DeadlineOf(const Connection& connection) const;
  void Note(const Connection& connection);
  void Expire();
  void OnDeadline(Connection& connection);
  void RefreshDate();

  void BeginStop();
  bool Stopped() const;

  const HttpOptions& options_;
  Listener listener_;
  const Clock& clock_;
  std::shared_ptr<Outbox> outbox_;
  FolderWatch& folders_;
  const std::function<void()> handled_;
  Admittance admittance_;
  UniqueFd epoll_;

  Duration now_{};
  Duration next_check_{};
  std::string date_;
  int64_t date_second_ = -1;
  std::vector<char> scratch_;
  std::vector<Delivery> deliveries_;

  uint64_t last_id_;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::unordered_set<uint64_t> streams_;
  std::vector<uint64_t> dead_;
  size_t received_bytes_ = 0;  // of all connections
  std::optional<Duration> accept_again_at_;

  std::atomic<bool> stop_asked_ = false;
  std::atomic<bool> pump_asked_ = false;
  std::atomic<size_t> streams_open_ = 0;
  std::optional<Duration> stop_at_;
};

}  // namespace jobgate
