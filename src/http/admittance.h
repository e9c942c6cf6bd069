// Decides on a request once its head is here and before its body is taken: route, site, token,
// body and query. A refused request costs no memory for its body.
#pragma once
#include <tl/expected.hpp>

#include "src/http/access.h"
#include "src/http/call.h"
#include "src/http/http_options.h"
#include "src/http/listener.h"
#include "src/http/reply.h"
#include "src/http/request_target.h"
#include "src/http/route_table.h"

namespace jobgate {

struct Admitted {
  Call call;  // without its body yet
  const Route* route = nullptr;
};

// Owned by the front thread.
class Admittance {
 public:
  // All must outlive it.
  Admittance(const HttpOptions& options, const RouteTable& routes, const AccessRules& access)
      : options_(options), routes_(routes), access_(access) {}

  tl::expected<Admitted, HttpReply> Admit(RequestHead head, const Arrival& arrival);

 private:
  Result<void> CheckSite(const RequestHead& head, const Arrival& arrival, const Route* route) const;
  // The actor; "" where none has to be known.
  Result<Actor> Identify(const RequestHead& head, const Arrival& arrival,
                         const RouteTable::Match& match) const;
  Result<void> CheckBody(const RequestHead& head, const Route& route) const;

  const HttpOptions& options_;
  const RouteTable& routes_;
  const AccessRules& access_;
  TargetParser targets_;
};

}  // namespace jobgate
