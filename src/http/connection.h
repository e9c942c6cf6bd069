// One client's socket: its bytes in both directions and where its current request stands. Owned by
// the front thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/time.h"
#include "src/base/unique_fd.h"
#include "src/http/admittance.h"
#include "src/http/listener.h"
#include "src/http/outbox.h"
#include "src/http/stream.h"

namespace jobgate {

class Connection {
 public:
  enum class State {
    kReading,    // idle, or a request is on its way
    kAwaiting,   // a handler has it
    kStreaming,  // a body that goes on
    kLingering,  // the last reply goes out; what the client still sends is thrown away
  };

  Connection(uint64_t id, UniqueFd socket, Arrival arrival, Duration now);

  uint64_t id() const { return id_; }
  int fd() const { return socket_.get(); }
  const Arrival& arrival() const { return arrival_; }
  bool closed() const { return !socket_; }
  void Close();

  // What epoll said; edges, so that a flag stands until a call runs dry.
  void Ready(bool readable, bool writable, bool peer_done);
  bool peer_done() const { return peer_done_; }

  enum class Read { kSome, kDry, kEnd, kFailed };
  // Appends what is there to `received`, at most `scratch` at once.
  Read Fill(std::vector<char>& scratch);
  Read Discard(std::vector<char>& scratch);
  // Sends what it can of `unsent`. False: the connection is broken.
  bool Flush(Duration now);
  bool ShutdownWriting();  // true the first time

  std::string received;
  size_t scanned = 0;  // of `received`, for the end of the head

  std::string& output() { return output_; }
  size_t Unsent() const { return output_.size() - sent_; }

  void Enter(State state, Duration now);
  State state() const { return state_; }
  Duration since() const { return since_; }              // of the state
  Duration progress_at() const { return progress_at_; }  // last byte sent, or first one unsent

  // --- the current request
  uint64_t request = 0;                // counts; 0 before the first
  std::optional<Duration> started_at;  // its first byte
  std::optional<Admitted> admitted;    // its head was read; its body may be missing
  ReplyForm form;
  const Route* route = nullptr;  // while awaiting
  std::unique_ptr<StreamSource> stream;
  bool chunked = false;
  std::optional<Duration> stream_wake_at;
  RequestToken token() const { return {id_, request}; }

 private:
  const uint64_t id_;
  UniqueFd socket_;
  const Arrival arrival_;
  State state_ = State::kReading;
  Duration since_;
  Duration progress_at_;
  bool readable_ = true;
  bool writable_ = true;
  bool peer_done_ = false;
  std::string output_;
  size_t sent_ = 0;
  bool sending_ = false;
  bool writing_shut_ = false;
};

}  // namespace jobgate
