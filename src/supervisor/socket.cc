#include "src/supervisor/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace jobgate {
namespace {

constexpr int kStreamFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr int kBacklog = 64;

tl::unexpected<Error> SystemError(const std::string& what) {
  return Fail(Code::kUnavailable, what + ": " + std::strerror(errno));
}

sockaddr_un AddressIn(int dir_fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd,
                kSocketName);
  return address;
}

int Bind(int socket, int dir_fd) {
  const sockaddr_un address = AddressIn(dir_fd);
  const mode_t before = umask(0177);
  const int result = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(before);
  return result;
}

bool IsSameUser(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

}  // namespace

Result<UniqueFd> OpenSocketDir(const std::string& dir) {
  UniqueFd fd(open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return SystemError("the store's folder " + dir + " cannot be opened");
  return fd;
}

Result<std::optional<UniqueFd>> ConnectInDir(int dir_fd) {
  UniqueFd socket(::socket(AF_UNIX, kStreamFlags, 0));
  if (!socket) return SystemError("socket");
  const sockaddr_un address = AddressIn(dir_fd);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    if (!IsSameUser(socket.get())) {
      return Fail(Code::kUnavailable, std::string(kSocketName) + " belongs to another user");
    }
    return socket;
  }
  if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
  return SystemError(std::string("connect to ") + kSocketName);
}

Result<UniqueFd> ListenInDir(int dir_fd) {
  auto other = ConnectInDir(dir_fd);
  if (!other) return Fail(std::move(other).error());
  if (*other) return Fail(Code::kConflict, "another supervisor listens already");
  UniqueFd socket(::socket(AF_UNIX, kStreamFlags, 0));
  if (!socket) return SystemError("socket");
  if (unlinkat(dir_fd, kSocketName, 0) != 0 && errno != ENOENT)
    return SystemError("remove the old socket");
  if (Bind(socket.get(), dir_fd) != 0) return SystemError(std::string("bind ") + kSocketName);
  if (listen(socket.get(), kBacklog) != 0)
    return SystemError(std::string("listen on ") + kSocketName);
  return socket;
}

UniqueFd AcceptSameUser(int listener) {
  UniqueFd socket(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return socket && IsSameUser(socket.get()) ? std::move(socket) : UniqueFd();
}

Result<std::pair<UniqueFd, UniqueFd>> ConnectedPair() {
  int ends[2];
  if (socketpair(AF_UNIX, kStreamFlags, 0, ends) != 0) return SystemError("socketpair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace jobgate
