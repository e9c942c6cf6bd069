#include "src/loop/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "src/base/check.h"

namespace jobgate {

Mailbox::Mailbox(size_t commands_max)
    : commands_max_(commands_max), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  JOBGATE_CHECK(event_, "eventfd");
}

bool Mailbox::Post(Envelope&& envelope) {
  std::lock_guard lock(mutex_);
  if (closed_ || waiting_.size() >= commands_max_) return false;
  waiting_.push_back(std::move(envelope));
  unrung_ = true;
  return true;
}

void Mailbox::Ring() {
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(unrung_, false)) return;
  }
  const uint64_t one = 1;  // written unlocked: the loop thread wakes up at once and takes the lock
  [[maybe_unused]] const ssize_t bytes = ::write(event_.get(), &one, sizeof one);
}

std::vector<Envelope> Mailbox::Take(size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<Envelope> taken;
  if (waiting_.size() <= limit) {
    taken.swap(waiting_);
    unrung_ = false;
    uint64_t count = 0;
    [[maybe_unused]] ssize_t bytes = ::read(event_.get(), &count, sizeof count);
    return taken;
  }
  auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(limit);
  taken.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return taken;
}

std::vector<Envelope> Mailbox::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  return std::exchange(waiting_, {});
}

}  // namespace jobgate
