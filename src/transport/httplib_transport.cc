#include "src/transport/httplib_transport.h"

#include <httplib.h>

#include <exception>
#include <utility>

namespace jobgate {
namespace {

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

// After nothing had come for so long; httplib tells an end from a silence by nothing else.
Error Broken(httplib::Error error, Duration silent_for, Duration silence_max) {
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
      if (silent_for < silence_max)
        return {Code::kUnavailable, "the connection ended before all was there"};
      return {Code::kUnavailable,
              "nothing came for " + FormatDuration(silence_max) + ", before all was there"};
    default:
      return {Code::kUnavailable, "the connection broke (" + httplib::to_string(error) + ")"};
  }
}

void Configure(httplib::Client& client, const HttpTransportOptions& options,
               const HttpRequest& request) {
  client.set_connection_timeout(options.connect_max);
  client.set_read_timeout(request.silence_max);
  client.set_write_timeout(request.silence_max);
  client.set_url_encode(false);
  client.set_decompress(false);
  // Header and body go out in two writes; Nagle would hold the second one back.
  client.set_tcp_nodelay(true);
  client.set_keep_alive(options.keep_connections);
}

using Instant = std::chrono::steady_clock::time_point;

Instant DeadlineOf(const HttpTransportOptions& options) {
  return options.response_max == Duration(0)
             ? Instant::max()
             : std::chrono::steady_clock::now() + options.response_max;
}

// Hands a 2xx body to `on_chunk`; keeps any other in `response`.
class Receiver {
 public:
  Receiver(const HttpTransportOptions& options, HttpResponse& response, const ChunkFn& on_chunk)
      : body_bytes_max_(options.body_bytes_max),
        deadline_(DeadlineOf(options)),
        heard_at_(std::chrono::steady_clock::now()),
        response_(response),
        on_chunk_(on_chunk) {}

  bool OnHead(const httplib::Response& head) {
    heard_at_ = std::chrono::steady_clock::now();
    response_.status = head.status;
    for (const auto& [name, value] : head.headers) response_.headers.emplace_back(name, value);
    return true;
  }
  bool OnBytes(std::string_view bytes) {
    heard_at_ = std::chrono::steady_clock::now();
    if (heard_at_ > deadline_) return GiveUp("the response takes longer than it may");
    if (on_chunk_ && response_.status >= 200 && response_.status < 300) {
      stopped_ = !on_chunk_(bytes);
      return !stopped_;
    }
    response_.body += bytes;
    return response_.body.size() <= body_bytes_max_ || GiveUp("the response is too large");
  }
  Duration SilentFor() const {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - heard_at_);
  }
  // The caller's own wish, not a failure.
  bool stopped() const { return stopped_; }
  // Why the rest of the response is not wanted; "" where it is.
  const std::string& refusal() const { return refusal_; }

 private:
  bool GiveUp(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  const size_t body_bytes_max_;
  const Instant deadline_;
  Instant heard_at_;
  HttpResponse& response_;
  const ChunkFn& on_chunk_;
  bool stopped_ = false;
  std::string refusal_;
};

}  // namespace

HttplibTransport::HttplibTransport(HttpTransportOptions options) : options_(options) {}

HttplibTransport::~HttplibTransport() = default;

HttplibTransport::ClientPtr HttplibTransport::Take(const std::string& server) {
  const std::lock_guard lock(mutex_);
  std::vector<ClientPtr>& idle = idle_[server];
  if (idle.empty()) return std::make_unique<httplib::Client>(server);
  ClientPtr client = std::move(idle.back());
  idle.pop_back();
  return client;
}

void HttplibTransport::Keep(const std::string& server, ClientPtr client) {
  const std::lock_guard lock(mutex_);
  idle_[server].push_back(std::move(client));
}

Result<HttpResponse> HttplibTransport::Exchange(const HttpRequest& request,
                                                const ChunkFn& on_chunk) {
  const Target target = Split(request.url);
  ClientPtr client = Take(target.server);
  if (!client->is_valid())
    return Fail(Code::kUnreachable, target.server + " is no address of a server");
  Configure(*client, options_, request);
  HttpResponse response;
  Receiver receiver(options_, response, on_chunk);
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
  const httplib::Result result = client->send(sent);
  if (!receiver.refusal().empty()) return Fail(Code::kUnavailable, receiver.refusal());
  if (!result && !receiver.stopped())
    return Fail(Broken(result.error(), receiver.SilentFor(), request.silence_max));
  if (result && options_.keep_connections) Keep(target.server, std::move(client));
  return response;
}

// The library throws, for one thing, on addresses it cannot parse.
Result<HttpResponse> HttplibTransport::Guarded(const HttpRequest& request,
                                               const ChunkFn& on_chunk) {
  try {
    return Exchange(request, on_chunk);
  } catch (const std::exception& error) {
    return Fail(Code::kUnreachable, error.what());
  }
}

Result<HttpResponse> HttplibTransport::Send(const HttpRequest& request) {
  static const ChunkFn kKeep;
  return Guarded(request, kKeep);
}

Result<HttpResponse> HttplibTransport::Stream(const HttpRequest& request, const ChunkFn& on_chunk) {
  return Guarded(request, on_chunk);
}

}  // namespace jobgate
