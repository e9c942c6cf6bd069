#include "store/jsonl/folding.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "src/base/check.h"

namespace jobgate::jsonl {
namespace {

constexpr int kNice = 10;

// setpriority(2) with a thread's id moves that thread alone on Linux.
void GiveWay() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
  ::pthread_setname_np(::pthread_self(), "fold");
}

// A thread takes the mask of its maker; signals are for the loop alone.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

void Folding::Start(std::shared_ptr<const View> view, std::vector<int64_t> segments) {
  JOBGATE_CHECK(!under_way_, "one fold at a time");
  under_way_ = true;
  done_ = false;
  if (!apart_) {
    Run(*view, segments, {});
    done_ = true;
    return;
  }
  const SignalsBlocked blocked;
  thread_ = std::jthread([this, view = std::move(view),
                          segments = std::move(segments)](const std::stop_token& stop) mutable {
    GiveWay();
    Run(*view, segments, stop);
    view.reset();  // here, not on the loop thread
    done_ = true;
  });
}

void Folding::Run(const View& view, const std::vector<int64_t>& segments,
                  const std::stop_token& stop) {
  result_ = WriteSnapshot(files_, paths_, view, segments.back(), stop);
  // One that stays is removed at the next start.
  if (*result_)
    for (const int64_t segment : segments) static_cast<void>(files_.Remove(paths_.Sealed(segment)));
}

std::optional<Result<Snapshot>> Folding::TakeResult() {
  if (!under_way_ || !done_) return std::nullopt;
  Wait();
  under_way_ = false;
  return std::exchange(result_, std::nullopt);
}

void Folding::Discard(std::vector<EventRun> replaced) {
  if (!apart_) return;
  const SignalsBlocked blocked;
  discarding_ = std::jthread([replaced = std::move(replaced)]() mutable {
    GiveWay();
    replaced.clear();
  });
}

void Folding::Wait() {
  if (thread_.joinable()) thread_.join();
}

void Folding::GiveUp() {
  thread_.request_stop();
  Wait();
  under_way_ = false;
  result_.reset();
}

}  // namespace jobgate::jsonl
