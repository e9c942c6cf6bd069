// Starts a supervisor process.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

// What to execute. By default this same program, also where its file was replaced meanwhile.
struct SupervisorProgram {
  std::string path = "/proc/self/exe";
  std::vector<std::string> arguments = {"supervise"};  // --socket-dir DIR --fd N … follow
  std::optional<mode_t> job_umask = std::nullopt;      // absent: the one this process has
};

struct LaunchedSupervisor {
  pid_t pid = 0;        // a child of this process
  UniqueFd connection;  // the daemon's end
};

// The supervisor has a session of its own, no stdin and
// stdout, and appends to supervisor.log in `socket_dir` what it can tell nobody else. It leaves by
// itself when the connection is closed before the first hello. Safe in a process with threads.
// Errors: kUnavailable with the system's reason.
Result<LaunchedSupervisor> LaunchSupervisor(const SupervisorProgram& program,
                                            const std::string& socket_dir);

}  // namespace jobgate
