// A job's process, in two steps: one that has done everything of a start but its execve(2), and
// waits; and its release. It has a session of its own and inherits nothing but what is named here.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/unique_fd.h"
#include "src/job/process_limits.h"

namespace jobgate {

struct ChildSpec {
  std::string program;  // as execve(2) takes it; relative to cwd
  std::vector<std::string> argv;
  std::vector<std::string> env;  // NAME=value
  std::string cwd;
  int stdout_fd = -1;
  int stderr_fd = -1;
  ProcessLimits limits;  // none raises what this process inherited
};

// Waits until Release. Where this goes without one, or with the process that it belongs to, the
// child ends and has run nothing.
class ChildProcess {
 public:
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }

  // Lets it become its program. From then on it is the caller's to reap, before this goes.
  void Release();
  // Once it has been reaped: the sentence of WhyNotStarted; nothing where it became its program, or
  // was killed before.
  std::optional<std::string> WhyNothingRan() const;

 private:
  friend class ChildStarter;
  struct Birth;
  explicit ChildProcess(std::unique_ptr<Birth> birth);

  std::unique_ptr<Birth> birth_;  // the child's, too, until its execve
  pid_t pid_ = 0;
  UniqueFd pidfd_;
  UniqueFd release_;  // a pipe: a byte lets it go on, the end of file ends it
};

class ChildStarter {
 public:
  // Raises this process's own limit of open files as far as it may, and makes what it writes
  // private to its user; children get the limit and the umask that were inherited. Throws
  // std::system_error where /dev/null cannot be opened.
  ChildStarter();

  // stdin is /dev/null, no signal is blocked, and none is ignored where this process ignores none.
  // Errors: kUnavailable with the sentence of WhyNotStarted; nothing is left behind then.
  Result<ChildProcess> Start(ChildSpec spec) const;

 private:
  UniqueFd null_;
  rlimit inherited_files_{};
  const mode_t inherited_umask_;
};

}  // namespace jobgate
