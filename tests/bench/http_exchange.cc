#include "tests/bench/http_exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace jobgate::bench {
namespace {

bool SameLetters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

size_t ToNumber(std::string_view text) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) GiveUp("no number: " + std::string(text));
  return value;
}

// `head` ends before the empty line.
size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (!SameLetters(head.substr(at, kName.size()), kName)) continue;
    const size_t value = head.find_first_not_of(' ', at + kName.size());
    if (value != std::string_view::npos) return ToNumber(head.substr(value));
  }
  GiveUp("a response without Content-Length: " + std::string(head));
}

}  // namespace

void GiveUp(const std::string& why) {
  std::cerr << why << std::endl;
  std::exit(1);
}

std::string ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::string token;
  if (!std::getline(file, token)) GiveUp("cannot read the token in " + path);
  return token;
}

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) GiveUp(std::string("socket: ") + std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    GiveUp("connect to port " + std::to_string(port) + ": " + std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

RequestForm::RequestForm(std::string_view method, std::string_view path, int port,
                         std::string_view token) {
  head_.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
  head_.append(std::to_string(port)).append("\r\n");
  if (!token.empty()) head_.append("Authorization: Bearer ").append(token).append("\r\n");
  head_.append("Content-Type: application/json\r\nContent-Length: ");
}

std::string RequestForm::With(std::string_view body) const {
  std::string request;
  request.reserve(head_.size() + body.size() + 16);
  request.append(head_).append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return request;
}

std::optional<Response> ParseResponse(std::string_view received) {
  const size_t head_end = received.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  const std::string_view head = received.substr(0, head_end);
  if (!head.starts_with("HTTP/1.1 ")) GiveUp("no HTTP/1.1 response: " + std::string(head));
  const size_t length = ContentLength(head);
  if (received.size() < head_end + 4 + length) return std::nullopt;
  return Response{static_cast<int>(ToNumber(head.substr(9, 3))),
                  received.substr(head_end + 4, length), head_end + 4 + length};
}

void SendWhole(int socket, const std::string& request) {
  const ssize_t sent = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size()))
    GiveUp(std::string("send: ") + (sent < 0 ? std::strerror(errno) : "taken in part"));
}

std::string Exchange(int socket, const std::string& request, int expected) {
  SendWhole(socket, request);
  std::string received;
  std::array<char, 8192> piece{};
  for (;;) {
    const ssize_t bytes = ::recv(socket, piece.data(), piece.size(), 0);
    if (bytes <= 0) GiveUp("the server closed the connection");
    received.append(piece.data(), static_cast<size_t>(bytes));
    const auto response = ParseResponse(received);
    if (!response) continue;
    if (response->status != expected) GiveUp("refused: " + received);
    return std::string(response->body);
  }
}

std::string_view FindId(std::string_view json) {
  constexpr std::string_view kKey = "\"id\":\"";
  const size_t key = json.find(kKey);
  if (key == std::string_view::npos) return {};
  const std::string_view rest = json.substr(key + kKey.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace jobgate::bench
