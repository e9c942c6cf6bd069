// What Ctrl-C says, and what it removes: that a watched job goes on, that a file was not finished.
// One at a time in a process.
#pragma once
#include <signal.h>

#include <string>

namespace jobgate {

// SIGINT comes to this thread only once this has gone: between a file and the notice that would
// remove it there is no gap. On a thread that is alone.
class InterruptLater {
 public:
  InterruptLater();
  ~InterruptLater();
  InterruptLater(const InterruptLater&) = delete;
  InterruptLater& operator=(const InterruptLater&) = delete;

 private:
  sigset_t before_{};
};

class InterruptNotice {
 public:
  // From here on SIGINT writes `line` to stderr, removes the file `unfinished` ("": none) and ends
  // the process with exit code 130, at once and from within the handler (signal-safety(7)). The
  // destructor restores what was before.
  explicit InterruptNotice(const std::string& line, const std::string& unfinished = "");
  ~InterruptNotice();
  InterruptNotice(const InterruptNotice&) = delete;
  InterruptNotice& operator=(const InterruptNotice&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace jobgate
