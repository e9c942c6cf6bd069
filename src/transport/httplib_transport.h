// HTTP over cpp-httplib's client: no proxy, no redirects, no compression. TLS is verified against
// the system's CAs, or those that SSL_CERT_FILE and SSL_CERT_DIR name
// (SSL_CTX_load_verify_locations(3)).
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "src/base/http_transport.h"

namespace httplib {
class Client;
}

namespace jobgate {

struct HttpTransportOptions {
  Duration connect_max = std::chrono::seconds(2);  // TLS handshake aside, which has silence_max
  // From the request to the last byte of a response; 0 = as long as bytes arrive.
  Duration response_max = Duration(0);
  size_t body_bytes_max = 256u << 20;
  bool keep_connections = false;  // for the next request to the same server; else one for each
};

// A silent connection that is kept is found out before the next request is sent over it.
class HttplibTransport final : public HttpTransport {
 public:
  explicit HttplibTransport(HttpTransportOptions options = {});
  ~HttplibTransport() override;

  // Further errors: kUnavailable beyond response_max or body_bytes_max.
  Result<HttpResponse> Send(const HttpRequest& request) override;
  Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn& on_chunk) override;

 private:
  using ClientPtr = std::unique_ptr<httplib::Client>;

  Result<HttpResponse> Guarded(const HttpRequest& request, const ChunkFn& on_chunk);
  Result<HttpResponse> Exchange(const HttpRequest& request, const ChunkFn& on_chunk);
  ClientPtr Take(const std::string& server);
  void Keep(const std::string& server, ClientPtr client);

  const HttpTransportOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::vector<ClientPtr>> idle_;  // by "https://host:port"
};

}  // namespace jobgate
