// The way back to the front thread: replies and stream work from any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "src/base/unique_fd.h"
#include "src/http/reply.h"
#include "src/http/stream.h"

namespace jobgate {

// One request on one connection; neither number is ever used again.
struct RequestToken {
  uint64_t connection = 0;
  uint64_t request = 0;
};

using RenderReply = std::function<HttpReply()>;  // called on the front thread
using StreamWork = std::function<void()>;

struct Delivery {
  RequestToken to;
  std::variant<HttpReply, RenderReply, std::unique_ptr<StreamSource>, StreamWork> content;
};

class Outbox {
 public:
  Outbox();
  // Any thread. What arrives after Close is dropped.
  void Post(Delivery delivery);
  void Wake();

  // Front thread.
  void BelongsToThisThread();
  // `into` is empty. Where nothing is left the next post signals; REQUIRES: only then to sleep.
  void Take(std::vector<Delivery>& into);
  int fd() const { return event_.get(); }  // readable after a post of another thread (eventfd(2))
  void ClearSignal();
  void Close();

 private:
  std::mutex mutex_;
  std::vector<Delivery> waiting_;
  bool awake_ = false;  // the front thread was signaled, and has not found it empty since
  bool closed_ = false;
  std::thread::id front_;
  UniqueFd event_;
};

}  // namespace jobgate
