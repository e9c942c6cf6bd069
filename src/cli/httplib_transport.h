// HTTP over cpp-httplib's client: no proxy, no redirects, no compression, one connection a request.
#pragma once
#include "src/base/http_transport.h"

namespace jobgate {

class HttplibTransport final : public HttpTransport {
 public:
  Result<HttpResponse> Send(const HttpRequest& request) override;
  Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn& on_chunk) override;
};

}  // namespace jobgate
