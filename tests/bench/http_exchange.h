// Just enough HTTP/1.1 (RFC 9112) to drive a server at little cost: one request at a time on a
// keep-alive connection, answers with Content-Length only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace jobgate::bench {

// Writes `why` to stderr and leaves with exit code 1: a measurement with an error in it is none.
[[noreturn]] void GiveUp(const std::string& why);

// The local token, without the line end. Gives up where the file cannot be read.
std::string ReadToken(const std::string& path);

// A blocking TCP connection to 127.0.0.1 with TCP_NODELAY. Gives up where it is refused.
int Connect(int port);

// What every request of a connection begins with, up to the Content-Length value.
class RequestForm {
 public:
  RequestForm(std::string_view method, std::string_view path, int port, std::string_view token);
  std::string With(std::string_view body) const;

 private:
  std::string head_;
};

struct Response {
  int status = 0;
  std::string_view body;
  size_t bytes = 0;  // of the whole message
};

// The response that `received` begins with; none while it is incomplete. Gives up on anything
// but HTTP/1.1 with a Content-Length.
std::optional<Response> ParseResponse(std::string_view received);

// Sends one request on a blocking connection and waits for its answer, whose body is returned.
// Gives up on any status but `expected`.
std::string Exchange(int socket, const std::string& request, int expected);

// Gives up where not all of `request` is taken at once: the requests here are far smaller than a
// socket's buffer.
void SendWhole(int socket, const std::string& request);

// The first `"id":"…"` in a JSON text.
std::string_view FindId(std::string_view json);

}  // namespace jobgate::bench
