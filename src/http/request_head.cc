#include "src/http/request_head.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace jobgate {
namespace {

// cpp-httplib parses the request line in a buffer of this size.
constexpr size_t kTargetBytesMax = 8000;

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};

// Headers that mean different things to different readers when they come twice.
constexpr std::array<std::string_view, 8> kOnce = {
    "Host",   "Content-Length", "Content-Type",  "Authorization",
    "Origin", "Expect",         "Last-Event-ID", "Sec-Fetch-Site"};

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// tchar of RFC 9110, 5.6.2.
bool IsTokenCharacter(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenCharacter);
}

bool IsVisible(char c) {
  return c > 0x20 && c < 0x7f;
}

bool IsValueCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

tl::unexpected<Error> Malformed(std::string why) {
  return Fail(Code::kInvalidArgument, "malformed HTTP request: " + std::move(why));
}

Result<void> ReadRequestLine(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Malformed("the request line is not METHOD TARGET VERSION");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!IsToken(method)) return Malformed("the method is not a token");
  if (std::ranges::find(kMethods, method) == kMethods.end())
    return Malformed("the method is not known");
  if (target.empty() || target.front() != '/' || !std::ranges::all_of(target, IsVisible))
    return Malformed("the target must be a path of visible ASCII characters");
  if (target.size() > kTargetBytesMax)
    return Fail(Code::kHeadersTooLarge, "the request target is longer than 8,000 bytes");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Malformed("only HTTP/1.1 and HTTP/1.0 are spoken here");
  head.method = method;
  head.target = target;
  head.http_1_0 = version == "HTTP/1.0";
  return {};
}

Result<void> ReadHeaderLine(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') return Malformed("folded header line");
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Malformed("a header line without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trimmed(line.substr(colon + 1));
  if (!IsToken(name)) return Malformed("a header name is not a token");
  if (!std::ranges::all_of(value, IsValueCharacter))
    return Malformed("control character in a header value");
  for (std::string_view once : kOnce)
    if (SameName(name, once) && head.Has(name))
      return Malformed("header " + std::string(once) + " comes twice");
  head.headers.push_back({std::string(name), std::string(value)});
  return {};
}

Result<void> ReadLines(std::string_view text, const HeadLimits& limits, RequestHead& head) {
  bool first = true;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return Malformed("the head does not end in CRLF");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) return {};
    if (line.find_first_of("\r\n") != std::string_view::npos)
      return Malformed("a line ends in a bare CR or LF");
    if (!first && head.headers.size() == limits.headers_max)
      return Fail(Code::kHeadersTooLarge,
                  "more than " + std::to_string(limits.headers_max) + " header lines");
    JOBGATE_TRY(first ? ReadRequestLine(line, head) : ReadHeaderLine(line, head));
    first = false;
  }
  return Malformed("the head has no end");
}

Result<void> ReadFraming(RequestHead& head) {
  if (head.Has("Transfer-Encoding"))
    return Malformed("Transfer-Encoding is not taken; send Content-Length");
  if (head.Has("Content-Encoding"))
    return Fail(Code::kUnsupportedMedia, "encoded bodies are not taken; send plain JSON");
  if (head.Has("Range")) return Malformed("Range is not taken");
  if (!head.Has("Content-Length")) return {};
  const std::string_view text = head.Find("Content-Length");
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto read = std::from_chars(text.data(), text.data() + text.size(), head.content_length);
  if (!digits || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return Malformed("Content-Length is not one whole number");
  return {};
}

bool ListHas(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (SameName(Trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

Result<void> ReadConnection(RequestHead& head) {
  bool close = false;
  bool keep = false;
  for (const Header& header : head.headers) {
    if (!SameName(header.name, "Connection")) continue;
    close = close || ListHas(header.value, "close");
    keep = keep || ListHas(header.value, "keep-alive");
  }
  head.keep_alive = !close && (!head.http_1_0 || keep);
  if (!head.Has("Expect")) return {};
  if (!SameName(head.Find("Expect"), "100-continue")) return Malformed("unknown Expect");
  head.expects_continue = !head.http_1_0;
  return {};
}

}  // namespace

std::string_view RequestHead::Find(std::string_view name) const {
  for (const Header& header : headers)
    if (SameName(header.name, name)) return header.value;
  return {};
}

bool RequestHead::Has(std::string_view name) const {
  return std::ranges::any_of(headers,
                             [&](const Header& header) { return SameName(header.name, name); });
}

size_t FindHeadEnd(std::string_view received, size_t scanned) {
  const size_t from = scanned > 3 ? scanned - 3 : 0;
  const size_t end = received.find("\r\n\r\n", from);
  return end == std::string_view::npos ? 0 : end + 4;
}

Result<RequestHead> ReadHead(std::string_view text, const HeadLimits& limits) {
  if (text.size() > limits.bytes_max)
    return Fail(Code::kHeadersTooLarge,
                "the head is longer than " + std::to_string(limits.bytes_max) + " bytes");
  RequestHead head;
  head.headers.reserve(16);
  JOBGATE_TRY(ReadLines(text, limits, head));
  JOBGATE_TRY(ReadFraming(head));
  JOBGATE_TRY(ReadConnection(head));
  if (!head.http_1_0 && !head.Has("Host")) return Malformed("header Host is missing");
  return head;
}

}  // namespace jobgate
