// Starts one process the way a job's process is to be: own session, nothing inherited but what is
// named here.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/unique_fd.h"
#include "src/supervisor/spawn_plan.h"

namespace jobgate {

struct ChildSpec {
  std::string program;  // as execve(2) takes it; relative to cwd
  std::vector<std::string> argv;
  std::vector<std::string> env;  // NAME=value
  std::string cwd;
  int stdout_fd = -1;
  int stderr_fd = -1;
};

// What can be done of a start before its moment: the plan of the child's own steps, and argv and
// environment as the system takes them.
class ReadyChild {
 public:
  // `null_fd` becomes its stdin.
  ReadyChild(ChildSpec spec, int null_fd);

  const ChildSpec& spec() const { return spec_; }
  // As SpawnPlan::Spawn.
  int Spawn(pid_t& pid) const;

 private:
  ChildSpec spec_;
  std::unique_ptr<SpawnPlan> plan_;
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

  // stdin is /dev/null, no signal is blocked or ignored.
  ReadyChild MakeReady(ChildSpec spec) const { return {std::move(spec), null_.get()}; }
  // Errors: kUnavailable with the sentence of WhyNotStarted; nothing is left behind then.
  Result<ChildProcess> Start(const ReadyChild& child) const;

 private:
  int Spawn(const ReadyChild& child, pid_t& pid) const;

  UniqueFd null_;
  rlimit inherited_files_{};
  rlimit own_files_{};
  const mode_t inherited_umask_;
};

}  // namespace jobgate
