#include "src/base/url.h"

#include <algorithm>
#include <charconv>

namespace jobgate {
namespace {

std::string InAuthority(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '.';
  });
}

bool IsIpv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// Dots and digits alone: "127.evil.example" is a name.
bool IsIpv4(std::string_view host) {
  return std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string Authority(const std::string& host, int port) {
  return InAuthority(host) + ":" + std::to_string(port);
}

std::string Url::Origin() const {
  const bool is_default = port == (scheme == "https" ? 443 : 80);
  return scheme + "://" + (is_default ? InAuthority(host) : Authority(host, port));
}

bool Url::IsLoopback() const {
  return host == "localhost" || host == "::1" || (IsIpv4(host) && host.starts_with("127."));
}

std::optional<int> ParsePort(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

std::optional<HostPort> ParseHostPort(std::string_view text) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos || !IsIpv6(text.substr(1, end - 1))) return std::nullopt;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    if (!rest.empty()) port = rest.substr(1);
  } else {
    const size_t colon = text.find(':');
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
    host = text.substr(0, colon);
    if (!IsHostName(host)) return std::nullopt;
  }
  if (!port) return HostPort{Lowered(host), std::nullopt};
  const auto number = ParsePort(*port);
  if (!number) return std::nullopt;
  return HostPort{Lowered(host), number};
}

std::optional<Url> ParseUrl(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = Lowered(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#' || c == '\\')
      return std::nullopt;
  std::string_view rest = text.substr(colon + 3);
  const size_t end = rest.find_first_of("/?");
  const auto authority = ParseHostPort(rest.substr(0, end));
  if (!authority) return std::nullopt;
  url.host = authority->host;
  url.port = authority->port.value_or(url.scheme == "https" ? 443 : 80);
  if (end != std::string_view::npos) url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

}  // namespace jobgate
