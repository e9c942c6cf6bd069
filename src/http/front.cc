#include "src/http/front.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "src/base/check.h"
#include "src/http/responder.h"

namespace jobgate {
namespace {

constexpr uint64_t kListenerId = 1;
constexpr uint64_t kOutboxId = 2;
constexpr uint64_t kFoldersId = 3;
constexpr uint64_t kLastFixedId = 3;

constexpr int kEventsAtOnce = 128;
constexpr int kAcceptsAtOnce = 64;
constexpr size_t kRefusalsMax = 64;  // connections over the limit that hear a 503 at once
constexpr int kDeliveryRounds = 8;
constexpr int kPumpRounds = 4;
constexpr size_t kReadBytes = 64 * 1024;
constexpr Duration kAcceptPause = std::chrono::milliseconds(100);
constexpr Duration kIdleBeforeEviction = std::chrono::seconds(1);
constexpr Duration kCheckAtMost = std::chrono::seconds(60);

constexpr uint32_t kEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

Error TooBusy(std::string message) {
  Error error{Code::kUnavailable, std::move(message)};
  error.retry_after = std::chrono::seconds(1);
  return error;
}

}  // namespace

// A stream's view of its connection, for one pump.
class Front::Port final : public StreamPort {
 public:
  Port(Front& front, Connection& connection) : front_(front), connection_(connection) {}
  size_t Room() const override {
    const size_t most = front_.options_.stream_buffer_bytes_max;
    return most - std::min(most, connection_.Unsent());
  }
  void Write(std::string_view bytes) override {
    if (bytes.empty()) return;
    std::string& out = connection_.output();
    if (!connection_.chunked) {
      out.append(bytes);
      return;
    }
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    out.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
  }
  void End() override { ended_ = true; }
  void Abort() override { aborted_ = true; }
  Duration Monotonic() const override { return front_.now_; }
  void WakeAt(Duration monotonic) override {
    auto& at = connection_.stream_wake_at;
    at = at ? std::min(*at, monotonic) : monotonic;
  }
  std::shared_ptr<const StreamHandle> Handle() const override {
    return MakeStreamHandle(front_.outbox_, connection_.token());
  }

  bool ended() const { return ended_; }
  bool aborted() const { return aborted_; }

 private:
  Front& front_;
  Connection& connection_;
  bool ended_ = false;
  bool aborted_ = false;
};

Front::Front(const HttpOptions& options, Listener listener, const RouteTable& routes,
             const AccessRules& access, const Clock& clock, std::shared_ptr<Outbox> outbox,
             FolderWatch& folders, std::function<void()> handled)
    : options_(options),
      listener_(std::move(listener)),
      clock_(clock),
      outbox_(std::move(outbox)),
      folders_(folders),
      handled_(std::move(handled)),
      admittance_(options, routes, access),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      scratch_(kReadBytes),
      last_id_(kLastFixedId) {
  JOBGATE_CHECK(epoll_, "epoll_create1");
  Watch(listener_.fd(), kListenerId, EPOLLIN);
  Watch(outbox_->fd(), kOutboxId, EPOLLIN);
  if (folders_.fd() >= 0) Watch(folders_.fd(), kFoldersId, EPOLLIN);
}

void Front::Watch(int fd, uint64_t id, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  JOBGATE_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

void Front::Run() {
  outbox_->BelongsToThisThread();
  now_ = clock_.Monotonic();
  while (!Stopped()) WaitAndHandle();
  while (!connections_.empty()) {
    Drop(*connections_.begin()->second);
    BurySome();
  }
}

void Front::Stop() {
  stop_asked_ = true;
  outbox_->Wake();
}

void Front::PumpStreams() {
  if (streams_open_.load(std::memory_order_relaxed) == 0) return;
  if (!pump_asked_.exchange(true)) outbox_->Wake();
}

void Front::WaitAndHandle() {
  std::array<epoll_event, kEventsAtOnce> events;
  const Duration wait = std::clamp(NextCheck() - now_, Duration(0), kCheckAtMost);
  const int timeout_ms = static_cast<int>(wait.count());
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, timeout_ms);
  now_ = clock_.Monotonic();
  RefreshDate();
  for (int i = 0; i < count; ++i)
    OnReady(events[static_cast<size_t>(i)].data.u64, events[static_cast<size_t>(i)].events);
  handled_();
  if (stop_asked_ && !stop_at_) BeginStop();
  if (pump_asked_.exchange(false))
    for (uint64_t id : std::vector<uint64_t>(streams_.begin(), streams_.end()))
      if (auto it = connections_.find(id); it != connections_.end()) Advance(*it->second);
  DeliverAll();
  Expire();
  DeliverAll();
  handled_();
  BurySome();
}

void Front::OnReady(uint64_t id, uint32_t events) {
  if (id == kListenerId) return AcceptSome();
  if (id == kOutboxId) return outbox_->ClearSignal();
  if (id == kFoldersId) return folders_.ReadAll();
  auto it = connections_.find(id);
  if (it == connections_.end() || it->second->closed()) return;
  Connection& connection = *it->second;
  if (events & (EPOLLERR | EPOLLHUP)) return Drop(connection);
  connection.Ready(events & EPOLLIN, events & EPOLLOUT, events & EPOLLRDHUP);
  Advance(connection);
}

Duration Front::NextCheck() const {
  Duration at = next_check_;
  if (accept_again_at_) at = std::min(at, *accept_again_at_);
  if (stop_at_) at = std::min(at, *stop_at_);
  return at;
}

// --- connections

void Front::AcceptSome() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Listener::Accepted accepted = listener_.Accept();
    if (accepted.exhausted) return PauseAccepting();
    if (!accepted.socket) return;
    Welcome(std::move(accepted));
  }
}

void Front::Welcome(Listener::Accepted accepted) {
  const bool full = CountOpen() >= options_.connections_max && !EvictIdle();
  if (full && CountOpen() >= options_.connections_max + kRefusalsMax) return;
  const uint64_t id = ++last_id_;
  const int fd = accepted.socket.get();
  auto connection = std::make_unique<Connection>(id, std::move(accepted.socket),
                                                 std::move(accepted.arrival), now_);
  Connection& added = *connection;
  connections_.emplace(id, std::move(connection));
  Watch(fd, id, kEdges);
  if (full) Refuse(added, TooBusy("too many connections are open; try again in a moment"));
  Advance(added);
}

// One that was dropped in this round is gone, though not yet freed.
size_t Front::CountOpen() const {
  return connections_.size() - dead_.size();
}

bool Front::EvictIdle() {
  Connection* idlest = nullptr;
  for (auto& [id, connection] : connections_) {
    const bool idle = !connection->closed() && connection->state() == State::kReading &&
                      connection->received.empty() && !connection->admitted &&
                      connection->Unsent() == 0 &&
                      now_ - connection->since() >= kIdleBeforeEviction;
    if (idle && (!idlest || connection->since() < idlest->since())) idlest = connection.get();
  }
  if (!idlest) return false;
  Drop(*idlest);
  BurySome();
  return true;
}

void Front::PauseAccepting() {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.fd(), nullptr);
  accept_again_at_ = now_ + kAcceptPause;
}

void Front::ResumeAccepting() {
  accept_again_at_.reset();
  if (!stop_at_) Watch(listener_.fd(), kListenerId, EPOLLIN);
}

void Front::Drop(Connection& connection) {
  if (connection.closed()) return;
  received_bytes_ -= connection.received.size();
  connection.received.clear();
  if (streams_.erase(connection.id()) > 0) streams_open_ = streams_.size();
  connection.Close();
  dead_.push_back(connection.id());
}

// Frees what was dropped, once nothing on the call stack refers to it.
void Front::BurySome() {
  for (uint64_t id : dead_) connections_.erase(id);
  dead_.clear();
}

// --- requests

void Front::Advance(Connection& connection) {
  bool more = true;
  while (more && !connection.closed()) {
    if (!connection.Flush(now_)) return Drop(connection);
    switch (connection.state()) {
      case State::kReading:
        more = AdvanceReading(connection);
        break;
      case State::kAwaiting:
        more = false;
        break;
      case State::kStreaming:
        Pump(connection);
        more = !connection.closed() && connection.state() != State::kStreaming;
        break;
      case State::kLingering:
        more = AdvanceLingering(connection);
        break;
    }
  }
  if (!connection.closed()) Note(connection);
}

bool Front::AdvanceReading(Connection& connection) {
  if (connection.Unsent() > 0) return false;  // a client reads its reply before it asks again
  const bool any = !connection.received.empty() || connection.admitted;
  if (any && ReadRequest(connection)) return true;
  return FillFrom(connection);
}

bool Front::FillFrom(Connection& connection) {
  const size_t before = connection.received.size();
  switch (connection.Fill(scratch_)) {
    case Connection::Read::kSome:
      break;
    case Connection::Read::kDry:
      return false;
    case Connection::Read::kEnd:
    case Connection::Read::kFailed:
      Drop(connection);
      return false;
  }
  const size_t added = connection.received.size() - before;
  received_bytes_ += added;
  if (!connection.started_at && added > 0) connection.started_at = now_;
  const bool large = connection.received.size() > options_.head_bytes_max;
  if (large && received_bytes_ > options_.received_bytes_max)
    Refuse(connection, TooBusy("too many large requests are on their way; try again"));
  return true;
}

bool Front::AdvanceLingering(Connection& connection) {
  if (connection.Unsent() > 0) return false;
  if (connection.ShutdownWriting()) connection.Enter(State::kLingering, now_);
  switch (connection.Discard(scratch_)) {
    case Connection::Read::kSome:
      return true;
    case Connection::Read::kDry:
      return false;
    default:
      Drop(connection);
      return false;
  }
}

bool Front::ReadRequest(Connection& connection) {
  std::string& received = connection.received;
  if (!connection.admitted) {
    // One empty line before a request is overlooked (RFC 9112, 2.2).
    if (connection.scanned == 0 && received.starts_with("\r\n")) Consume(connection, 2);
    const size_t head_bytes = FindHeadEnd(received, connection.scanned);
    connection.scanned = received.size();
    if (head_bytes == 0 && received.size() > options_.head_bytes_max) {
      Refuse(connection,
             {Code::kHeadersTooLarge,
              "the head is longer than " + std::to_string(options_.head_bytes_max) + " bytes"});
      return true;
    }
    if (head_bytes == 0) return false;
    return TakeHead(connection, head_bytes);
  }
  if (received.size() < connection.admitted->call.head.content_length) return false;
  Dispatch(connection);
  return true;
}

bool Front::TakeHead(Connection& connection, size_t head_bytes) {
  const HeadLimits limits{options_.head_bytes_max, options_.headers_max};
  Result<RequestHead> head =
      ReadHead(std::string_view(connection.received).substr(0, head_bytes), limits);
  if (!head) {
    Refuse(connection, head.error());
    return true;
  }
  Consume(connection, head_bytes);
  ++connection.request;
  connection.form.keep_alive = head->keep_alive && !stop_at_;
  connection.form.http_1_0 = head->http_1_0;
  connection.form.head_only = head->method == "HEAD";
  const size_t length = head->content_length;
  const bool body_is_here = connection.received.size() >= length;
  const bool asks_first = head->expects_continue;
  auto admitted = admittance_.Admit(*std::move(head), connection.arrival());
  if (!admitted) {
    // A body that was not read would be taken for the next request.
    if (body_is_here)
      Consume(connection, length);
    else
      connection.form.keep_alive = false;
    Answer(connection, admitted.error());
    return true;
  }
  connection.admitted = *std::move(admitted);
  if (asks_first && !body_is_here) connection.output().append("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

void Front::Dispatch(Connection& connection) {
  Admitted admitted = *std::move(connection.admitted);
  connection.admitted.reset();
  const size_t length = admitted.call.head.content_length;
  admitted.call.body.assign(connection.received, 0, length);
  Consume(connection, length);
  connection.started_at.reset();
  connection.route = admitted.route;
  connection.Enter(State::kAwaiting, now_);
  Responder responder(outbox_, connection.token());
  try {
    admitted.route->handler(admitted.call, responder);
  } catch (...) {
    responder.Send(Error{Code::kInternal, "the request could not be handled"});
  }
}

void Front::Consume(Connection& connection, size_t bytes) {
  connection.received.erase(0, bytes);
  connection.scanned = 0;
  received_bytes_ -= bytes;
}

void Front::Refuse(Connection& connection, const Error& error) {
  received_bytes_ -= connection.received.size();
  connection.received.clear();
  connection.received.shrink_to_fit();
  connection.admitted.reset();
  ++connection.request;
  connection.form.keep_alive = false;
  Answer(connection, ProblemReply(error));
}

// --- replies

void Front::DeliverAll() {
  // A client that pipelines requests with immediate answers must not keep the others waiting.
  for (int round = 0; round < kDeliveryRounds; ++round) {
    outbox_->Take(deliveries_);
    if (deliveries_.empty()) return;
    for (Delivery& delivery : deliveries_) Deliver(delivery);
    deliveries_.clear();
  }
  outbox_->Wake();
}

void Front::Deliver(Delivery& delivery) {
  auto it = connections_.find(delivery.to.connection);
  if (it == connections_.end() || it->second->closed()) return;
  Connection& connection = *it->second;
  if (connection.request != delivery.to.request) return;
  const bool awaiting = connection.state() == State::kAwaiting;
  if (auto* work = std::get_if<StreamWork>(&delivery.content)) {
    if (connection.state() != State::kStreaming) return;
    (*work)();
  } else if (!awaiting) {
    return;
  } else if (auto* reply = std::get_if<HttpReply>(&delivery.content)) {
    Answer(connection, *reply);
  } else if (auto* render = std::get_if<RenderReply>(&delivery.content)) {
    Answer(connection, (*render)());
  } else {
    StartStream(connection, std::move(std::get<std::unique_ptr<StreamSource>>(delivery.content)));
  }
  Advance(connection);
}

void Front::Answer(Connection& connection, const HttpReply& reply) {
  connection.form.date = date_;
  AppendReply(reply, connection.form, connection.output());
  AfterReply(connection);
}

void Front::AfterReply(Connection& connection) {
  connection.route = nullptr;
  connection.started_at.reset();
  if (!connection.form.keep_alive) return connection.Enter(State::kLingering, now_);
  connection.Enter(State::kReading, now_);
  if (!connection.received.empty()) connection.started_at = now_;
}

// --- streams

void Front::StartStream(Connection& connection, std::unique_ptr<StreamSource> source) {
  if (streams_.size() >= options_.streams_max)
    return Answer(connection, ProblemReply(TooBusy("too many streams are open; try again later")));
  const StreamHead head = source->Head();
  connection.chunked = !head.length && !connection.form.http_1_0;
  if (!head.length && connection.form.http_1_0) connection.form.keep_alive = false;
  connection.form.date = date_;
  AppendStreamHead(head, connection.form, connection.output());
  if (connection.form.head_only) return AfterReply(connection);
  connection.stream = std::move(source);
  connection.Enter(State::kStreaming, now_);
  streams_.insert(connection.id());
  streams_open_ = streams_.size();
}

void Front::Pump(Connection& connection) {
  if (connection.peer_done()) return Drop(connection);
  connection.stream_wake_at.reset();
  Port port(*this, connection);
  for (int round = 0; round < kPumpRounds && port.Room() > 0; ++round) {
    const size_t unsent = connection.Unsent();
    connection.stream->Pump(port);
    if (port.aborted()) return Drop(connection);
    if (port.ended()) return EndStream(connection);
    if (connection.Unsent() == unsent) return;
    if (!connection.Flush(now_)) return Drop(connection);
  }
  if (connection.Unsent() == 0) port.WakeAt(now_);  // more may be there, after the others
}

void Front::EndStream(Connection& connection) {
  connection.stream.reset();
  streams_.erase(connection.id());
  streams_open_ = streams_.size();
  if (connection.chunked) connection.output().append("0\r\n\r\n");
  AfterReply(connection);
}

// --- time

Duration Front::DeadlineOf(const Connection& connection) const {
  const bool unsent = connection.Unsent() > 0;
  const Duration stalled = connection.progress_at() + options_.write_timeout;
  switch (connection.state()) {
    case State::kReading:
      if (unsent) return stalled;
      if (connection.started_at) return *connection.started_at + options_.request_timeout;
      return connection.since() + options_.idle_timeout;
    case State::kAwaiting: {
      const Duration own = connection.route->reply_timeout;
      return connection.since() + (own.count() > 0 ? own : options_.reply_timeout);
    }
    case State::kStreaming: {
      const Duration wake = connection.stream_wake_at.value_or(Duration::max());
      return unsent ? std::min(wake, stalled) : wake;
    }
    case State::kLingering:
      return unsent ? stalled : connection.since() + options_.linger_timeout;
  }
  return Duration::max();
}

void Front::Note(const Connection& connection) {
  next_check_ = std::min(next_check_, DeadlineOf(connection));
}

void Front::Expire() {
  if (accept_again_at_ && now_ >= *accept_again_at_) ResumeAccepting();
  if (now_ < next_check_) return;
  next_check_ = Duration::max();
  std::vector<uint64_t> due;
  for (auto& [id, connection] : connections_) {
    if (connection->closed()) continue;
    if (now_ >= DeadlineOf(*connection))
      due.push_back(id);
    else
      Note(*connection);
  }
  for (uint64_t id : due) {
    Connection& connection = *connections_.at(id);
    if (connection.closed()) continue;
    OnDeadline(connection);
    if (!connection.closed()) Advance(connection);
  }
}

void Front::OnDeadline(Connection& connection) {
  const bool stalled =
      connection.Unsent() > 0 && now_ >= connection.progress_at() + options_.write_timeout;
  switch (connection.state()) {
    case State::kReading:
      if (stalled || !connection.started_at) return Drop(connection);
      return Refuse(connection, {Code::kRequestTimeout, "the request did not arrive in time"});
    case State::kAwaiting: {
      const RenderReply& late = connection.route->late;
      return Answer(connection, late ? late()
                                     : ProblemReply(TooBusy("no answer in time; whether it was "
                                                            "done is not known, look before you "
                                                            "try again")));
    }
    case State::kStreaming:
      if (stalled) Drop(connection);
      return;
    case State::kLingering:
      return Drop(connection);
  }
}

void Front::RefreshDate() {
  const Time now = clock_.Now();
  const int64_t second = ToUnixMs(now) / 1000;
  if (second == date_second_) return;
  date_second_ = second;
  date_ = HttpDate(now);
}

void Front::BeginStop() {
  stop_at_ = now_ + options_.stop_grace;
  accept_again_at_.reset();
  listener_.Close();
  for (auto& [id, connection] : connections_) {
    connection->form.keep_alive = false;
    const bool replying = connection->state() == State::kReading && connection->Unsent() > 0;
    if (replying)
      connection->Enter(State::kLingering, now_);
    else if (connection->state() == State::kReading || connection->state() == State::kStreaming)
      Drop(*connection);
  }
}

bool Front::Stopped() const {
  return stop_at_ && (connections_.empty() || now_ >= *stop_at_);
}

}  // namespace jobgate
