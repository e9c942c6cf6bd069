#include "src/cli/httplib_transport.h"

#include <httplib.h>

#include <exception>

namespace jobgate {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(2);
constexpr size_t kBodyBytesMax = 256u << 20;

struct Target {
  std::string server;  // "http://127.0.0.1:8787"
  std::string path;    // with the query
};

Target Split(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), url.substr(slash)};
}

Error Broken(httplib::Error error, Duration silence_max) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
      return {Code::kUnreachable, "cannot connect"};
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return {Code::kUnreachable, "TLS failed: " + httplib::to_string(error)};
    case httplib::Error::Read:
      return {Code::kUnavailable, "the connection ended, or was silent for " +
                                      FormatDuration(silence_max) + ", before all was there"};
    default:
      return {Code::kUnavailable, "the connection broke (" + httplib::to_string(error) + ")"};
  }
}

void Configure(httplib::Client& client, const HttpRequest& request) {
  client.set_connection_timeout(kConnectTimeout);
  client.set_read_timeout(request.silence_max);
  client.set_write_timeout(request.silence_max);
  client.set_url_encode(false);
  client.set_decompress(false);
  // Header and body go out in two writes; Nagle would hold the second one back.
  client.set_tcp_nodelay(true);
}

// Hands a 2xx body to `on_chunk`; keeps any other in `response`.
class Receiver {
 public:
  Receiver(HttpResponse& response, const ChunkFn& on_chunk)
      : response_(response), on_chunk_(on_chunk) {}

  bool OnHead(const httplib::Response& head) {
    response_.status = head.status;
    for (const auto& [name, value] : head.headers) response_.headers.emplace_back(name, value);
    return true;
  }
  bool OnBytes(std::string_view bytes) {
    if (on_chunk_ && response_.status >= 200 && response_.status < 300) {
      stopped_ = !on_chunk_(bytes);
      return !stopped_;
    }
    response_.body += bytes;
    return response_.body.size() <= kBodyBytesMax;
  }
  // The caller's own wish, not a failure.
  bool stopped() const { return stopped_; }

 private:
  HttpResponse& response_;
  const ChunkFn& on_chunk_;
  bool stopped_ = false;
};

Result<HttpResponse> Exchange(const HttpRequest& request, const ChunkFn& on_chunk) {
  const Target target = Split(request.url);
  httplib::Client client(target.server);
  if (!client.is_valid())
    return Fail(Code::kUnreachable, target.server + " is no address of a server");
  Configure(client, request);
  HttpResponse response;
  Receiver receiver(response, on_chunk);
  httplib::Request sent;
  sent.method = request.method;
  sent.path = target.path;
  sent.body = request.body;
  sent.headers.emplace("Accept-Encoding", "identity");
  for (const auto& [name, value] : request.headers) sent.headers.emplace(name, value);
  sent.response_handler = [&](const httplib::Response& head) { return receiver.OnHead(head); };
  sent.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    return receiver.OnBytes({data, size});
  };
  const httplib::Result result = client.send(sent);
  if (!result && !receiver.stopped()) return Fail(Broken(result.error(), request.silence_max));
  return response;
}

// The library throws, for one thing, on addresses it cannot parse.
Result<HttpResponse> Guarded(const HttpRequest& request, const ChunkFn& on_chunk) {
  try {
    return Exchange(request, on_chunk);
  } catch (const std::exception& error) {
    return Fail(Code::kUnreachable, error.what());
  }
}

}  // namespace

Result<HttpResponse> HttplibTransport::Send(const HttpRequest& request) {
  static const ChunkFn kKeep;
  return Guarded(request, kKeep);
}

Result<HttpResponse> HttplibTransport::Stream(const HttpRequest& request, const ChunkFn& on_chunk) {
  return Guarded(request, on_chunk);
}

}  // namespace jobgate
