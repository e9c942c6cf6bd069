// A reply body that goes on: server-sent events, a followed log. It lives on the front thread,
// holds its own position and is pumped when there is room on its socket or something new, so that
// a slow client costs one bounded buffer and nobody's time.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "src/base/time.h"
#include "src/http/reply.h"

namespace jobgate {

// Any thread; copyable. The work runs on the front thread while the stream lives, then the stream
// is pumped.
class StreamHandle {
 public:
  virtual ~StreamHandle() = default;
  virtual void Post(std::function<void()> work) const = 0;
};

// What a stream sees of its connection. Front thread.
class StreamPort {
 public:
  virtual ~StreamPort() = default;
  virtual size_t Room() const = 0;  // bytes that may be written now
  // May exceed Room() once, by what was read in one piece.
  virtual void Write(std::string_view bytes) = 0;
  virtual void End() = 0;    // the body is complete
  virtual void Abort() = 0;  // the body is cut off: the connection closes
  virtual Duration Monotonic() const = 0;
  // Pumps again at `monotonic` at the latest.
  virtual void WakeAt(Duration monotonic) = 0;
  virtual std::shared_ptr<const StreamHandle> Handle() const = 0;
};

class StreamSource {
 public:
  virtual ~StreamSource() = default;
  virtual StreamHead Head() const = 0;
  virtual void Pump(StreamPort& port) = 0;
};

}  // namespace jobgate
