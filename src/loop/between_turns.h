// Work of other threads that only the loop thread may do, since it owns what is worked on: done in
// short pieces, one after each turn.
#pragma once
#include <deque>
#include <functional>
#include <future>
#include <mutex>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

class BetweenTurns {
 public:
  // True once all is done. Called on the loop thread; must not throw.
  using Piece = std::function<Result<bool>()>;

  BetweenTurns();

  // Any other thread. Returns when all is done, a piece failed, or the loop has ended
  // (kUnavailable).
  Result<void> Do(Piece piece);

  // --- the loop thread
  void Go();  // a piece, where there is work
  void Close();
  // Readable while there is work (eventfd(2)).
  int fd() const { return event_.get(); }

 private:
  struct Work {
    Piece piece;
    std::promise<Result<void>> end;
  };

  std::mutex mutex_;
  std::deque<Work> works_;
  bool closed_ = false;
  UniqueFd event_;
};

}  // namespace jobgate
