// Entry point of the supervisor process: `jobgate supervise --socket-dir DIR --fd N [--umask
// OCTAL]`.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

namespace jobgate {

struct SupervisorOptions {
  std::string socket_dir;       // the store's folder
  int fd = -1;                  // inherited end of a connected pair to the daemon that started it
  std::optional<mode_t> umask;  // of the attempts; absent: the inherited one
};

// Takes the process over: closes every descriptor but stdin to stderr and `fd`, blocks all signals.
// SIGTERM stops every attempt within its grace and leaves; SIGINT, SIGHUP and the rest do nothing,
// since they are aimed at the daemon or its terminal. Returns the exit code; why it could not start
// goes to stderr.
int RunSupervisor(const SupervisorOptions& options);

}  // namespace jobgate
