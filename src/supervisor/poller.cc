#include "src/supervisor/poller.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

namespace jobgate {
namespace {

constexpr int kEventsPerWait = 64;
constexpr int kSerialBits = 56;

epoll_event EventOf(Source source, uint64_t serial, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(source) << kSerialBits | serial;
  return event;
}

int Milliseconds(std::optional<Duration> timeout) {
  if (!timeout) return -1;
  return static_cast<int>(std::clamp<int64_t>(timeout->count(), 0, INT_MAX));
}

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

bool Poller::Watch(int fd, Source source, uint64_t serial) {
  epoll_event event = EventOf(source, serial, EPOLLIN);
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::WatchWrites(int fd, Source source, uint64_t serial, bool also_writes) {
  epoll_event event = EventOf(source, serial, also_writes ? EPOLLIN | EPOLLOUT : EPOLLIN);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::Forget(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::vector<Ready> Poller::Wait(std::optional<Duration> timeout) {
  std::array<epoll_event, kEventsPerWait> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerWait, Milliseconds(timeout));
  std::vector<Ready> ready;
  for (int i = 0; i < count; ++i) {
    const uint64_t key = events[static_cast<size_t>(i)].data.u64;
    ready.push_back(
        {static_cast<Source>(key >> kSerialBits), key & ((uint64_t{1} << kSerialBits) - 1)});
  }
  return ready;
}

}  // namespace jobgate
