// epoll(7) with keys that are never used twice: an event of something that is gone finds nothing,
// also where its descriptor's number has a new owner.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "src/base/time.h"
#include "src/base/unique_fd.h"

namespace jobgate {

enum class Source : uint8_t {
  kSignals,
  kListener,
  kFileEvents,
  kConnection,
  kExit,
  kStdout,
  kStderr
};

struct Ready {
  Source source;
  uint64_t serial;
};

class Poller {
 public:
  // Throws std::system_error where epoll is not to be had.
  Poller();
  // False where the system has no room for it.
  bool Watch(int fd, Source source, uint64_t serial = 0);
  void WatchWrites(int fd, Source source, uint64_t serial, bool also_writes);
  // Before the descriptor is closed: a child in mid-exec may hold a copy that keeps it registered.
  void Forget(int fd);
  // Waits until something is ready or `timeout` is over; none = no end. Rounded up to milliseconds.
  std::vector<Ready> Wait(std::optional<Duration> timeout);

 private:
  UniqueFd epoll_;
};

}  // namespace jobgate
