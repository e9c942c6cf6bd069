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

class Access {
 public:
  // `hosts` are the exact values of Host (with port) that name this server.
  Access(std::vector<std::string> hosts, std::string local_token, Actor local_actor);

  // Errors: kForbidden for another Host, for an Origin that is not this server's own and for a
  // request that a browser sent for another site (Fetch Metadata, W3C).
  Result<void> CheckSite(const RequestHead& head) const;

  // The actor of `Authorization: Bearer …`. Errors: kUnauthorized, in the same words whether the
  // token is missing or wrong.
  Result<Actor> Authenticate(const RequestHead& head) const;

 private:
  bool IsOwnHost(std::string_view host) const;

  std::vector<std::string> hosts_;
  std::string local_token_;
  Actor local_actor_;
};

// The Host values of a server that listens on `host`:`port`; `own_name` is the machine's name.
std::vector<std::string> OwnHosts(const std::string& host, int port, const std::string& own_name);

bool IsLoopbackHost(std::string_view host);

}  // namespace jobgate
