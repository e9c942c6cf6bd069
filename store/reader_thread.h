// The one thread that answers lists, queries and reports, on a read-only connection, so that
// no reader ever delays a turn.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "store/store.h"

namespace jobgate {

class ReaderThread {
 public:
  using Query = std::function<void(StoreReader&)>;

  // At most `queries_max` wait at once.
  ReaderThread(std::unique_ptr<StoreReader> reader, size_t queries_max);
  ~ReaderThread();  // answers nothing more; queries that wait are dropped

  // Any thread. False where the queue is full; the query is then not called.
  bool Post(Query query);

 private:
  void Run();

  std::unique_ptr<StoreReader> reader_;
  const size_t queries_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Query> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jobgate
