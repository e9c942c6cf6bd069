// One thread that answers questions on something of its own, in the order of their arrival, so that
// no question ever delays a turn.
#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace jobgate {

template <typename Subject>
class QueryThread {
 public:
  using Query = std::function<void(Subject&)>;

  // At most `queries_max` wait at once. `niceness`: how far this thread stands back where a
  // processor is wanted by others too, setpriority(2).
  QueryThread(std::unique_ptr<Subject> subject, size_t queries_max, int niceness = 0)
      : subject_(std::move(subject)),
        queries_max_(queries_max),
        thread_([this, niceness] { Run(niceness); }) {}
  // Answers nothing more; queries that wait are dropped.
  ~QueryThread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Subject& subject() { return *subject_; }

  // Any thread. False where the queue is full; the query is then not called.
  bool Post(Query query) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || waiting_.size() >= queries_max_) return false;
      waiting_.push_back(std::move(query));
    }
    wake_.notify_one();
    return true;
  }

 private:
  void Run(int niceness) {
    // Of this thread alone (setpriority(2), "C library/kernel differences").
    if (niceness != 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      Query query = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      query(*subject_);
      query = nullptr;  // what it holds is freed without the lock
      lock.lock();
    }
  }

  std::unique_ptr<Subject> subject_;
  const size_t queries_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Query> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jobgate
