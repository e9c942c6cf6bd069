#include "store/reader_thread.h"

#include <utility>

namespace jobgate {

ReaderThread::ReaderThread(std::unique_ptr<StoreReader> reader, size_t queries_max)
    : reader_(std::move(reader)), queries_max_(queries_max), thread_([this] { Run(); }) {}

ReaderThread::~ReaderThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool ReaderThread::Post(Query query) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= queries_max_) return false;
    waiting_.push_back(std::move(query));
  }
  wake_.notify_one();
  return true;
}

void ReaderThread::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Query query = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    query(*reader_);
    query = nullptr;  // what it holds is freed without the lock
    lock.lock();
  }
}

}  // namespace jobgate
