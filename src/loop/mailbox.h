// The bounded way into the loop thread for every other thread.
#pragma once
#include <cstddef>
#include <mutex>
#include <vector>

#include "src/base/unique_fd.h"
#include "src/engine/command.h"

namespace jobgate {

class Mailbox {
 public:
  // At most `commands_max` commands wait at once.
  explicit Mailbox(size_t commands_max);

  // Any thread. False where the mailbox is full or closed; the envelope is then untouched, and
  // its reply will not be called. Does not wake the loop thread up: see Ring.
  bool Post(Envelope&& envelope);
  // Any thread, after its posts: wakes the loop thread up if something was posted. What is posted
  // together goes into one turn, and so under one sync.
  void Ring();

  // Loop thread. Takes up to `limit`, oldest first, and clears the signal when none is left.
  std::vector<Envelope> Take(size_t limit);
  // Readable while commands wait (eventfd(2)).
  int fd() const { return event_.get(); }
  // Refuses further posts and returns what was waiting.
  std::vector<Envelope> Close();

 private:
  std::mutex mutex_;
  std::vector<Envelope> waiting_;
  const size_t commands_max_;
  bool closed_ = false;
  bool unrung_ = false;  // posted, and nobody has rung since
  UniqueFd event_;
};

}  // namespace jobgate
