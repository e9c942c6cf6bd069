// What /proc tells about processes (proc(5)). Everything may have changed by the time it is used:
// signals go through SignalProcess, which cannot hit a successor of the same number.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"
#include "src/worker/spawner.h"

namespace jobgate {

struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  uint64_t start_ticks = 0;  // since boot; with pid it names one process for good
  bool ended = false;        // a zombie
};

std::optional<ProcessInfo> LookUpProcess(pid_t pid);
// Every process, threads left out.
std::vector<ProcessInfo> AllProcesses();

// Living children of all threads of `pid`.
std::vector<pid_t> ChildrenOf(pid_t pid);
// Children, their children and so on; `pid` itself is not among them.
std::vector<pid_t> DescendantsOf(pid_t pid);

// The attempt whose JOBGATE_JOB_ID and JOBGATE_ATTEMPT stand in the environment that the process
// was started with.
std::optional<AttemptId> AttemptInEnvironment(pid_t pid);

// Signals the process that `start_ticks` names, and no other.
void SignalProcess(pid_t pid, uint64_t start_ticks, int signal);

// The children of this thread, ended ones included, in one system call.
class OwnChildren {
 public:
  OwnChildren();
  const std::vector<pid_t>& Read();

 private:
  UniqueFd file_;
  std::string text_;
  std::vector<pid_t> pids_;
};

}  // namespace jobgate
