#include "src/http/request_head.h"

#include <doctest/doctest.h>

#include <string>

namespace jobgate {
namespace {

Result<RequestHead> Head(const std::string& text) {
  return ReadHead(text, HeadLimits{});
}

TEST_CASE("head: method, target and headers come out as sent") {
  const auto head =
      Head("POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Y:  z \r\nContent-Length: 12\r\n\r\n");
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->target == "/a?b=c");
  CHECK(head->Find("x-y") == "z");
  CHECK(head->content_length == 12);
  CHECK(head->keep_alive);
}

TEST_CASE("head: keep-alive follows version and Connection") {
  CHECK(Head("GET / HTTP/1.1\r\nHost: x\r\n\r\n")->keep_alive);
  CHECK_FALSE(Head("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n")->keep_alive);
  CHECK_FALSE(Head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK(Head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST_CASE("head: what two programs could read differently is refused") {
  const char* heads[] = {
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nContent-Length : 3\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n Transfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nX: a\rY: b\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nX: \x7f\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
      "GET / http/1.1\r\nHost: x\r\n\r\n",
      "GET /\r\nHost: x\r\n\r\n",
      "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n",
      "G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
      "get / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\r\n\r\n",
  };
  for (const char* head : heads) {
    CAPTURE(head);
    CHECK_FALSE(Head(head));
  }
  CHECK_FALSE(Head(std::string("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 35)));
}

TEST_CASE("head: 64 headers and 16 KB fit, one more does not") {
  std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  std::string lines;
  for (int i = 0; i < 63; ++i) lines += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(Head(start + lines + "\r\n"));
  CHECK(Head(start + lines + "One: more\r\n\r\n").error().code == Code::kHeadersTooLarge);

  const std::string end = "\r\n\r\n";
  std::string filled = start + "X: ";
  filled.append(16 * 1024 - filled.size() - end.size(), 'a');
  CHECK(Head(filled + end));
  CHECK(Head(filled + "a" + end).error().code == Code::kHeadersTooLarge);
}

TEST_CASE("head: its end is found however it arrives") {
  const std::string text = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
  for (size_t scanned = 0; scanned < text.size() - 4; ++scanned) {
    const size_t seen = std::min(scanned, text.size() - 5);
    CHECK(FindHeadEnd(text, seen) == text.size() - 4);
  }
  CHECK(FindHeadEnd("GET / HTTP/1.1\r\nHost: x\r\n\r", 0) == 0);
}

}  // namespace
}  // namespace jobgate
