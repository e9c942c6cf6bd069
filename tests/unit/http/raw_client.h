// A client that sends exactly the bytes it is told and reads what comes back, with a deadline on
// every wait.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "src/base/json.h"
#include "src/base/unique_fd.h"

namespace jobgate {

struct RawReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const {
    auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
  Json Parsed() const { return Json::parse(body); }
};

class RawClient {
 public:
  explicit RawClient(int port, int receive_buffer_bytes = 0, const char* to = "127.0.0.1") {
    socket_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes > 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                   sizeof receive_buffer_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, to, &address.sin_addr);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect");
  }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) return;  // the server may have closed on purpose
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  void FinishSending() { ::shutdown(socket_.get(), SHUT_WR); }
  void Leave() { socket_.Reset(); }

  // One whole reply. Throws when it does not come.
  RawReply Read(bool head_request = false) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) More();
    RawReply reply = TakeHead();
    if (head_request) return reply;
    if (reply.Header("transfer-encoding") == "chunked") {
      while (TakeChunk(reply.body)) continue;
    } else if (auto length = reply.Header("content-length"); !length.empty()) {
      const size_t size = std::stoul(length);
      while (buffer_.size() < size) More();
      reply.body = buffer_.substr(0, size);
      buffer_.erase(0, size);
    }
    return reply;
  }

  RawReply Ask(std::string_view bytes) {
    Send(bytes);
    return Read();
  }

  // Reads on until `text` came; returns all that came up to its end.
  std::string ReadUntil(std::string_view text) {
    size_t at = 0;
    while ((at = buffer_.find(text)) == std::string::npos) More();
    std::string before = buffer_.substr(0, at + text.size());
    buffer_.erase(0, at + text.size());
    return before;
  }
  // A stream's body decoded from its chunks, up to the final one.
  std::string ReadChunked() {
    std::string body;
    while (TakeChunk(body)) continue;
    return body;
  }

  // Whether the server closes without sending anything further.
  bool Closes() {
    try {
      while (buffer_.empty()) More();
      return false;
    } catch (const std::exception&) {
      return ended_;
    }
  }
  // Whether nothing comes for `pause`.
  bool Silent(std::chrono::milliseconds pause) {
    pollfd poll{socket_.get(), POLLIN, 0};
    return buffer_.empty() && ::poll(&poll, 1, static_cast<int>(pause.count())) == 0;
  }

 private:
  void More() {
    pollfd poll{socket_.get(), POLLIN, 0};
    if (::poll(&poll, 1, 10'000) != 1) throw std::runtime_error("no answer in 10 s");
    char piece[16 * 1024];
    const ssize_t count = ::recv(socket_.get(), piece, sizeof piece, 0);
    ended_ = count == 0 || (count < 0 && errno == ECONNRESET);
    if (count <= 0) throw std::runtime_error("the connection ended; left: " + buffer_);
    buffer_.append(piece, static_cast<size_t>(count));
  }

  RawReply TakeHead() {
    const size_t end = buffer_.find("\r\n\r\n");
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    RawReply reply;
    reply.status = std::atoi(head.c_str() + 9);
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
      const size_t line_end = head.find("\r\n", at);
      const size_t colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      reply.headers[name] = head.substr(colon + 2, line_end - colon - 2);
      at = line_end + 2;
    }
    return reply;
  }

  bool TakeChunk(std::string& body) {
    while (buffer_.find("\r\n") == std::string::npos) More();
    const size_t line = buffer_.find("\r\n") + 2;
    const size_t size = std::stoul(buffer_, nullptr, 16);
    while (buffer_.size() < line + size + 2) More();
    body += buffer_.substr(line, size);
    buffer_.erase(0, line + size + 2);
    return size > 0;
  }

  UniqueFd socket_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace jobgate
