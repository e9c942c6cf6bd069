// Starts one process the way a job's process is to be: own session, nothing inherited but what is
// named here.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
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

// What can be done of a start before its moment: argv and environment as the system takes them.
class ReadyChild {
 public:
  explicit ReadyChild(ChildSpec spec);

  const ChildSpec& spec() const { return spec_; }
  char* const* argv() const { return argv_.data(); }
  char* const* environment() const { return environment_.data(); }

 private:
  ChildSpec spec_;
  std::vector<char*> argv_;         // into spec_, as
  std::vector<char*> environment_;  // these
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

  // stdin is /dev/null, no signal is blocked, and none is ignored where this process ignores none.
  // Errors: kUnavailable with the sentence of WhyNotStarted; nothing is left behind then.
  Result<ChildProcess> Start(const ReadyChild& child) const;

 private:
  struct Birth;
  using Stack = std::array<std::byte, 64 * 1024>;

  static int Run(void* birth);
  int Become(const ReadyChild& child) const;

  UniqueFd null_;
  std::unique_ptr<Stack> stack_ = std::make_unique<Stack>();  // of a child until its execve
  rlimit inherited_files_{};
  rlimit own_files_{};
  const mode_t inherited_umask_;
};

}  // namespace jobgate
