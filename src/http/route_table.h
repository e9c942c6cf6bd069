// Every path of the server in one table: dispatch, 404, 405 with Allow, access, query parameters
// and /openapi.json all come from it.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/time.h"
#include "src/http/call.h"
#include "src/http/responder.h"

namespace jobgate {

struct QueryDoc {
  std::string_view name;
  std::string_view schema;  // JSON Schema text
  std::string_view description;
  bool repeats = false;  // may come several times; `schema` is that of each
};

struct HeaderDoc {
  std::string_view name;
  std::string_view description;
};

struct ReplyDoc {
  int status = 200;
  std::string_view description;
  std::string_view schema = "";  // name of a component; "" = no JSON
  std::string_view content_type = "application/json";
};

// What /openapi.json says of a route.
struct Operation {
  std::string_view id;
  std::string_view tag;
  std::string_view summary;
  std::vector<QueryDoc> query = {};
  std::string_view body = "";  // name of a component; "" = takes no body
  bool body_required = false;
  std::vector<ReplyDoc> replies = {};
  std::vector<HeaderDoc> headers = {};  // that the request has to have
};

// Called on the front thread; must not block. The responder may be completed later, by any thread.
using Handler = std::function<void(const Call&, Responder)>;

// How a request shows who sent it, where that is not the token. It may name any Host: what it
// proves, no page of another site can.
struct OwnProof {
  std::string_view scheme;     // name of a security scheme in /openapi.json
  std::string_view challenge;  // what its 401 asks for
  // Whether the head is worth reading the body; the handler proves the rest.
  std::function<Result<void>(const RequestHead&)> admits;
};

struct Route {
  std::string_view method;  // GET also answers HEAD
  std::string_view path;    // "/api/v1/jobs/{id}/cancel"
  Operation operation;
  Handler handler;
  bool open = false;           // without a token, over loopback
  size_t body_bytes_max = 0;   // 0 = the server's own limit
  Duration reply_timeout{};    // 0 = the server's own
  RenderReply late = nullptr;  // instead of the 503 after that
  std::optional<OwnProof> proof = std::nullopt;
};

class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // null: nothing for this method
    std::vector<std::string> captured;
    std::string allow;          // methods of this path, where the method is the problem
    bool path_is_open = false;  // and whether they need no token
  };
  Match Find(std::string_view method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string_view> segments;  // "{id}" captures
  };
  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  // by the index of the route
};

}  // namespace jobgate
