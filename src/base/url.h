// An absolute http or https URL, in parts (RFC 3986); no user information, no fragment.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace jobgate {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 without brackets
  int port = 0;        // resolved: 80 or 443 where none is given
  std::string target;  // path and query as they stand; "/" at least

  // "https://api.github.com"; the port where it is not the scheme's own.
  std::string Origin() const;
  bool IsLoopback() const;  // localhost, 127.0.0.0/8, ::1
};

// Nothing where it is no such URL.
std::optional<Url> ParseUrl(std::string_view text);

// "127.0.0.1:8787", "[::1]:8787".
std::string Authority(const std::string& host, int port);

// 1 to 65535, in digits alone.
std::optional<int> ParsePort(std::string_view text);

// "host" or "host:port" of an authority without user information.
struct HostPort {
  std::string host;  // as in Url
  std::optional<int> port;
};
std::optional<HostPort> ParseHostPort(std::string_view text);

// Percent-encoded for a path segment or a query value (RFC 3986, everything but unreserved).
std::string PercentEncode(std::string_view text);

}  // namespace jobgate
