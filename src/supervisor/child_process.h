// Starts one process the way a job's process is to be: own session, nothing inherited but what is
// named here.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

struct ChildSpec {
  std::string program;  // as execve(2) takes it; relative to cwd
  std::vector<std::string> argv;
  std::vector<std::string> env;  // NAME=value
  std::string cwd;
  int stdout_fd = -1;
  int stderr_fd = -1;
};

struct ChildProcess {
  pid_t pid = 0;
  UniqueFd pidfd;
};

class ChildStarter {
 public:
  // Raises this process's own limit of open files as far as it may, and makes what it writes
  // private to its user; children get the limit and the umask that were inherited. Throws
  // std::system_error where /dev/null cannot be opened.
  ChildStarter();

  // stdin is /dev/null, no signal is blocked or ignored. Errors: kUnavailable with the sentence of
  // WhyNotStarted; nothing is left behind then.
  Result<ChildProcess> Start(const ChildSpec& spec) const;

 private:
  int Spawn(const ChildSpec& spec, pid_t& pid) const;

  UniqueFd null_;
  rlimit inherited_files_{};
  rlimit own_files_{};
  const mode_t inherited_umask_;
};

}  // namespace jobgate
