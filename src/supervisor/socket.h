// The supervisor's Unix socket, `supervisor.sock` in the store's folder. Reached through
// /proc/self/fd/N/, so that the folder's path may be longer than sun_path (unix(7)).
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

inline constexpr char kSocketName[] = "supervisor.sock";

// O_PATH descriptor of the folder. Errors: kUnavailable names it.
Result<UniqueFd> OpenSocketDir(const std::string& dir);

// A non-blocking connection to whoever listens; nothing where nobody does. Errors: kUnavailable
// where somebody may listen but cannot be reached.
Result<std::optional<UniqueFd>> ConnectInDir(int dir_fd);

// A listening, non-blocking socket of mode 0600. A stale one is replaced. Errors: kConflict where
// somebody listens already, kUnavailable for anything else.
Result<UniqueFd> ListenInDir(int dir_fd);

// Accepts one connection of the same user; an invalid descriptor where none waits or the peer is
// another user (SO_PEERCRED).
UniqueFd AcceptSameUser(int listener);

// Two connected ends, both close-on-exec and non-blocking. Errors: kUnavailable.
Result<std::pair<UniqueFd, UniqueFd>> ConnectedPair();

}  // namespace jobgate
