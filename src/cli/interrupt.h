// What Ctrl-C says while a job is watched: that the job goes on. One at a time in a process.
#pragma once
#include <signal.h>

#include <string>

namespace jobgate {

class InterruptNotice {
 public:
  // From here on SIGINT writes `line` to stderr and ends the process with exit code 130, at once
  // and from within the handler (signal-safety(7)). The destructor restores what was before.
  explicit InterruptNotice(const std::string& line);
  ~InterruptNotice();
  InterruptNotice(const InterruptNotice&) = delete;
  InterruptNotice& operator=(const InterruptNotice&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace jobgate
