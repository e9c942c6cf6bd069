#include "src/http/reply.h"

#include <array>
#include <charconv>
#include <ctime>

#include "src/api/problem.h"

namespace jobgate {
namespace {

// No script, frame or sniffing ever makes sense of an API reply, and none is to be kept.
constexpr std::string_view kSafetyHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n";

void AppendNumber(int64_t number, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

void AppendStart(int status, std::string_view content_type, const ReplyForm& form,
                 std::string& out) {
  out.append("HTTP/1.1 ");
  AppendNumber(status, out);
  out.append(" ").append(ReasonOf(status)).append("\r\nContent-Type: ").append(content_type);
  out.append("\r\nDate: ").append(form.date).append("\r\n").append(kSafetyHeaders);
  if (!form.keep_alive)
    out.append("Connection: close\r\n");
  else if (form.http_1_0)
    out.append("Connection: keep-alive\r\n");
}

void AppendHeaders(const std::vector<std::pair<std::string_view, std::string>>& headers,
                   std::string& out) {
  for (const auto& [name, value] : headers)
    out.append(name).append(": ").append(value).append("\r\n");
}

void AppendLength(int64_t length, std::string& out) {
  out.append("Content-Length: ");
  AppendNumber(length, out);
  out.append("\r\n");
}

}  // namespace

HttpReply JsonReply(int status, const Json& json) {
  return {status, "application/json", Canonical(json)};
}

HttpReply ProblemReply(const Error& error, std::string_view challenge) {
  HttpReply reply{InfoOf(error.code).http_status, kProblemContentType,
                  Canonical(ProblemJson(error))};
  if (error.retry_after)
    reply.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
  if (error.code == Code::kUnauthorized) reply.headers.emplace_back("WWW-Authenticate", challenge);
  return reply;
}

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

void AppendReply(const HttpReply& reply, const ReplyForm& form, std::string& out) {
  out.reserve(out.size() + 512 + reply.body.size());
  AppendStart(reply.status, reply.content_type, form, out);
  AppendHeaders(reply.headers, out);
  AppendLength(static_cast<int64_t>(reply.body.size()), out);
  out.append("\r\n");
  if (!form.head_only) out.append(reply.body);
}

void AppendStreamHead(const StreamHead& head, const ReplyForm& form, std::string& out) {
  AppendStart(200, head.content_type, form, out);
  AppendHeaders(head.headers, out);
  if (head.length)
    AppendLength(*head.length, out);
  else if (!form.http_1_0)
    out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
}

std::string HttpDate(Time time) {
  const std::time_t seconds = static_cast<std::time_t>(ToUnixMs(time) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays.at(static_cast<size_t>(parts.tm_wday)), parts.tm_mday,
                                 kMonths.at(static_cast<size_t>(parts.tm_mon)),
                                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace jobgate
