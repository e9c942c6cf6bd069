// HTTP as a client sees it. Injected, so that no test needs a socket.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/time.h"

namespace jobgate {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute, percent-encoded: "http://127.0.0.1:8787/api/v1/jobs?limit=1"
  HttpHeaders headers = {};
  std::string body = {};
  Duration silence_max = std::chrono::seconds(30);  // longest wait for the next byte
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers = {};
  std::string body = {};

  // The first value of `name` in any case; "" where there is none.
  std::string Header(std::string_view name) const;
};

// Takes the next bytes of a body; false ends the exchange.
using ChunkFn = std::function<bool(std::string_view)>;

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Any status is a response. May be called from several threads at once.
  // Errors: kUnreachable where no connection came about, so that nothing was sent; kUnavailable
  // where the connection broke or fell silent before the whole response was there.
  virtual Result<HttpResponse> Send(const HttpRequest& request) = 0;

  // Like Send, but hands the body of a 2xx response to `on_chunk` as it arrives and returns once
  // it is complete or `on_chunk` wants no more. The body of any other status is in the response.
  virtual Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn& on_chunk) = 0;
};

}  // namespace jobgate
