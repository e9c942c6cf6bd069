// The listening socket. One failed accept never ends it. Front thread.
#pragma once
#include <string>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

// Where a connection came from and to.
struct Arrival {
  bool peer_is_local = false;  // over loopback
  std::string own_address;     // this end, as it stands in a URL: "10.0.0.5", "[fe80::1]"
};

class Listener {
 public:
  // Errors: kConflict where the address is taken, kInvalidArgument where it is none of this
  // machine; both in one line that says what to change.
  static Result<Listener> Open(const std::string& host, int port);

  int fd() const { return socket_.get(); }
  int port() const { return port_; }

  struct Accepted {
    UniqueFd socket;  // non-blocking, close-on-exec; empty: nothing to take
    Arrival arrival;
    bool exhausted = false;  // no descriptors, memory or network (accept(2)): come back later
  };
  Accepted Accept();
  void Close() { socket_.Reset(); }

 private:
  Listener(UniqueFd socket, int port);
  void RefuseOne();

  UniqueFd socket_;
  UniqueFd reserve_;  // given up to accept and close one connection when there is no other left
  int port_ = 0;
};

}  // namespace jobgate
