// Who may ask at all: the Host allow-list against DNS rebinding, the refusal of other sites'
// pages, and the bearer token. Immutable; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/http/request_head.h"
#include "src/job/job.h"

namespace jobgate {

// The values of Host that name a server.
struct OwnNames {
  std::vector<std::string> hosts;  // exact, with port
  // Of a server that listens on every address: the address a request has come to names it too,
  // with this port. A page cannot rebind an address, as it can a name. 0 = not such a server.
  int any_address_port = 0;
};

class AccessRules {
 public:
  AccessRules(OwnNames names, std::string local_token, Actor local_actor);

  // `own_address` is this end of the request's connection, as it stands in a URL. Errors:
  // kForbidden for another Host.
  Result<void> CheckHost(const RequestHead& head, std::string_view own_address) const;
  // Errors: kForbidden for an Origin that is not this server's own and for a request that a browser
  // sent for another site (Fetch Metadata, W3C).
  Result<void> CheckOrigin(const RequestHead& head, std::string_view own_address) const;

  // The actor of `Authorization: Bearer …`. Errors: kUnauthorized, in the same words whether the
  // token is missing or wrong.
  Result<Actor> Authenticate(const RequestHead& head) const;

 private:
  bool IsOwnHost(std::string_view host, std::string_view own_address) const;

  OwnNames names_;
  std::string local_token_;
  Actor local_actor_;
};

// The names of a server that listens on `host`:`port`; `own_name` is the machine's name.
OwnNames NamesOf(const std::string& host, int port, const std::string& own_name);

bool IsLoopbackHost(std::string_view host);

}  // namespace jobgate
