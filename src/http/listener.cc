#include "src/http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace jobgate {
namespace {

constexpr int kBacklog = 1024;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

std::string Shown(const std::string& host, int port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Addresses> Resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string service = std::to_string(port);
  if (const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list))
    return Fail(Code::kInvalidArgument, "cannot listen on " + Shown(host, port) + ": " +
                                            ::gai_strerror(failure) +
                                            "; set http.listen in jobs.json to an address of "
                                            "this machine");
  return Addresses(list);
}

// 0, or the errno of what failed.
int BindAndListen(const addrinfo& address, UniqueFd& socket) {
  socket.Reset(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0) return errno;
  return ::listen(socket.get(), kBacklog) == 0 ? 0 : errno;
}

tl::unexpected<Error> ListenFailure(const std::string& host, int port, int failure) {
  const std::string where = Shown(host, port);
  if (failure == EADDRINUSE)
    return Fail(Code::kConflict, where +
                                     " is taken by another program: stop that, or set "
                                     "http.listen in jobs.json to another address");
  return Fail(Code::kInvalidArgument, "cannot listen on " + where + ": " + std::strerror(failure) +
                                          "; set http.listen in jobs.json to another address");
}

sockaddr_storage NameOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

int PortOf(int socket) {
  const sockaddr_storage address = NameOf(socket);
  if (address.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

bool IsLoopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == 127;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

// An IPv4 client of an IPv6 socket knows its IPv4 address.
std::string OwnAddress(int socket) {
  const sockaddr_storage address = NameOf(socket);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (address.ss_family == AF_INET)
    return ::inet_ntop(AF_INET, &v4, text.data(), text.size()) ? text.data() : "";
  if (address.ss_family != AF_INET6) return "";
  if (IN6_IS_ADDR_V4MAPPED(&v6))
    return ::inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size()) ? text.data() : "";
  if (!::inet_ntop(AF_INET6, &v6, text.data(), text.size())) return "";
  return "[" + std::string(text.data()) + "]";
}

UniqueFd OpenReserve() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Listener::Listener(UniqueFd socket, int port)
    : socket_(std::move(socket)), reserve_(OpenReserve()), port_(port) {}

Result<Listener> Listener::Open(const std::string& host, int port) {
  Result<Addresses> addresses = Resolve(host, port);
  if (!addresses) return Fail(std::move(addresses).error());
  int failure = EADDRNOTAVAIL;
  for (const addrinfo* address = addresses->get(); address; address = address->ai_next) {
    UniqueFd socket;
    failure = BindAndListen(*address, socket);
    if (failure != 0) continue;
    const int bound = PortOf(socket.get());
    return Listener(std::move(socket), bound);
  }
  return ListenFailure(host, port, failure);
}

Listener::Accepted Listener::Accept() {
  for (;;) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    UniqueFd socket(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Arrival arrival{IsLoopback(peer), OwnAddress(socket.get())};
      return {std::move(socket), std::move(arrival), false};
    }
    switch (errno) {
      case EAGAIN:
        return {};
      case ECONNABORTED:  // this connection failed before it was taken; accept(2): try the next
      case EINTR:
      case EPERM:
      case EPROTO:
        break;
      case EMFILE:
      case ENFILE:
        RefuseOne();
        return {UniqueFd(), {}, true};
      default:
        return {UniqueFd(), {}, true};
    }
  }
}

void Listener::RefuseOne() {
  reserve_.Reset();
  UniqueFd refused(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  refused.Reset();
  reserve_ = OpenReserve();
}

}  // namespace jobgate
