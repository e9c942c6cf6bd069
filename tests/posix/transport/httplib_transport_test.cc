#include "src/transport/httplib_transport.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "src/base/unique_fd.h"
#include "tests/support/check_ok.h"

namespace jobgate {
namespace {

// Takes one connection, reads a request's head and `body_bytes` more, and does what it was told.
class OneShotServer {
 public:
  using Answer = std::function<void(int fd)>;

  explicit OneShotServer(Answer answer, size_t body_bytes = 0)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), body_bytes] {
      const UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
      ReadRequest(client.get(), body_bytes);
      answer(client.get());
    });
  }
  ~OneShotServer() { Join(); }

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // The request as it came; once the exchange is over.
  const std::string& Request() {
    Join();
    return request_;
  }

 private:
  void ReadRequest(int fd, size_t body_bytes) {
    std::array<char, 4096> buffer;
    while (true) {
      const size_t head = request_.find("\r\n\r\n");
      if (head != std::string::npos && request_.size() >= head + 4 + body_bytes) return;
      const ssize_t count = ::read(fd, buffer.data(), buffer.size());
      if (count <= 0) return;
      request_.append(buffer.data(), static_cast<size_t>(count));
    }
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  UniqueFd listener_;
  uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

void Write(int fd, std::string_view text) {
  CHECK(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

constexpr std::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("http transport: the request is sent as it was given, the answer comes back whole") {
  OneShotServer server(
      [](int fd) {
        Write(fd,
              "HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\n"
              "Content-Length: 2\r\n\r\n{}");
      },
      4);
  HttplibTransport http;
  const auto response = http.Send({"POST", server.Url("/a%2Fb?c=%20"), {{"X-One", "1"}}, "body"});
  REQUIRE_OK(response);
  CHECK(response->status == 409);
  CHECK(response->body == "{}");
  CHECK(response->Header("content-type") == "application/problem+json");
  CHECK(server.Request().starts_with("POST /a%2Fb?c=%20 HTTP/1.1\r\n"));
  CHECK(server.Request().find("X-One: 1\r\n") != std::string::npos);
  CHECK(server.Request().find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(server.Request().ends_with("\r\n\r\nbody"));
}

TEST_CASE("http transport: nobody listening is unreachable") {
  std::string url;
  {
    OneShotServer gone([](int) {});
    url = gone.Url("/");
    HttplibTransport().Send({"GET", url});
  }
  const auto response = HttplibTransport().Send({"GET", url});
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code == Code::kUnreachable);
  CHECK(HttplibTransport().Send({"GET", "nonsense"}).error().code == Code::kUnreachable);
}

TEST_CASE("http transport: chunks are handed on as they arrive") {
  std::promise<void> first_seen;
  OneShotServer server([&](int fd) {
    Write(fd, kChunkedHead);
    Write(fd, "3\r\none\r\n");
    first_seen.get_future().wait();
    Write(fd, "3\r\ntwo\r\n0\r\n\r\n");
  });
  HttplibTransport http;
  std::string received;
  const auto response = http.Stream({"GET", server.Url("/")}, [&](std::string_view bytes) {
    if (received.empty()) first_seen.set_value();
    received += bytes;
    return true;
  });
  REQUIRE_OK(response);
  CHECK(received == "onetwo");
}

TEST_CASE("http transport: a stream that breaks off is told from one that ends") {
  OneShotServer server([](int fd) {
    Write(fd, kChunkedHead);
    Write(fd, "3\r\none\r\n");
  });
  HttplibTransport http;
  std::string received;
  const auto response = http.Stream({"GET", server.Url("/")}, [&](std::string_view bytes) {
    received += bytes;
    return true;
  });
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code == Code::kUnavailable);
  CHECK(response.error().message == "the connection ended before all was there");
  CHECK(received == "one");
}

TEST_CASE("http transport: who has enough of a stream ends it without an error") {
  OneShotServer server([](int fd) {
    Write(fd, kChunkedHead);
    Write(fd, "3\r\none\r\n");
    std::array<char, 16> rest;
    while (::read(fd, rest.data(), rest.size()) > 0) {
    }
  });
  HttplibTransport http;
  CHECK_OK(http.Stream({"GET", server.Url("/")}, [](std::string_view) { return false; }));
}

TEST_CASE("http transport: an error's body is kept apart from the stream") {
  OneShotServer server(
      [](int fd) { Write(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"); });
  HttplibTransport http;
  const auto response = http.Stream({"GET", server.Url("/")}, [](std::string_view) {
    FAIL("no chunk is expected");
    return true;
  });
  REQUIRE_OK(response);
  CHECK(response->status == 404);
  CHECK(response->body == "no");
}

TEST_CASE("http transport: a server that stays silent is given up after silence_max") {
  OneShotServer server([](int fd) {
    std::array<char, 16> rest;
    while (::read(fd, rest.data(), rest.size()) > 0) {
    }
  });
  HttpRequest request{"GET", server.Url("/")};
  request.silence_max = std::chrono::milliseconds(50);
  const auto response = HttplibTransport().Send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code == Code::kUnavailable);
  CHECK(response.error().message == "nothing came for 50ms, before all was there");
}

}  // namespace jobgate
