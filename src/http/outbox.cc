#include "src/http/outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/check.h"

namespace jobgate {

Outbox::Outbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  JOBGATE_CHECK(event_, "eventfd");
}

void Outbox::Post(Delivery delivery) {
  bool signal = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_.push_back(std::move(delivery));
    // The front thread takes its own posts before it sleeps; others wake it once, and while it is
    // awake it finds what follows by itself.
    signal = !awake_ && std::this_thread::get_id() != front_;
    awake_ = awake_ || signal;
  }
  if (signal) Wake();
}

void Outbox::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t bytes = ::write(event_.get(), &one, sizeof one);
}

void Outbox::BelongsToThisThread() {
  std::lock_guard lock(mutex_);
  front_ = std::this_thread::get_id();
}

void Outbox::Take(std::vector<Delivery>& into) {
  std::lock_guard lock(mutex_);
  into.swap(waiting_);
  if (into.empty()) awake_ = false;
}

void Outbox::ClearSignal() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t bytes = ::read(event_.get(), &count, sizeof count);
}

void Outbox::Close() {
  std::vector<Delivery> dropped;
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

}  // namespace jobgate
