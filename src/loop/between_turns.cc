#include "src/loop/between_turns.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "src/base/check.h"

namespace jobgate {
namespace {

tl::unexpected<Error> Stopping() {
  return Fail(Code::kUnavailable, "the daemon is stopping");
}

}  // namespace

BetweenTurns::BetweenTurns() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  JOBGATE_CHECK(event_, "eventfd");
}

Result<void> BetweenTurns::Do(Piece piece) {
  std::future<Result<void>> end;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Stopping();
    works_.push_back({std::move(piece), {}});
    end = works_.back().end.get_future();
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t bytes = ::write(event_.get(), &one, sizeof one);
  }
  return end.get();
}

// Only this thread takes work away, so that the first one stays where it is.
void BetweenTurns::Go() {
  std::unique_lock lock(mutex_);
  if (works_.empty()) return;
  const Piece& piece = works_.front().piece;
  lock.unlock();
  Result<bool> done = piece();
  if (done && !*done) return;
  lock.lock();
  Work ended = std::move(works_.front());
  works_.pop_front();
  uint64_t count = 0;
  if (works_.empty()) [[maybe_unused]]
    const ssize_t bytes = ::read(event_.get(), &count, sizeof count);
  lock.unlock();
  ended.end.set_value(done ? Result<void>() : Fail(std::move(done).error()));
}

void BetweenTurns::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Work& work : works_) work.end.set_value(Stopping());
  works_.clear();
}

}  // namespace jobgate
