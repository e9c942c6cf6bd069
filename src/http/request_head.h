// The strict reader of a request's head: RFC 9112 without anything that two programs could read
// differently. One way to frame a body (one Content-Length), CRLF line ends, no folding, no
// spaces around names.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"

namespace jobgate {

struct Header {
  std::string name;  // as sent
  std::string value;
};

struct RequestHead {
  std::string method;
  std::string target;  // origin-form: "/path?query"
  std::vector<Header> headers;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
  size_t content_length = 0;

  // Names compare without case. "" where there is no such header.
  std::string_view Find(std::string_view name) const;
  bool Has(std::string_view name) const;
};

struct HeadLimits {
  size_t bytes_max = 16 * 1024;
  size_t headers_max = 64;
};

// The length of the head at the start of `received`, its empty line included; 0 where the end is
// not there yet. `scanned` bytes were looked at before without finding it.
size_t FindHeadEnd(std::string_view received, size_t scanned);

// Reads a whole head. Errors: kInvalidArgument for what is not strict HTTP/1, kHeadersTooLarge,
// kUnsupportedMedia for an encoded body. After any of them the connection cannot go on.
Result<RequestHead> ReadHead(std::string_view head, const HeadLimits& limits);

}  // namespace jobgate
