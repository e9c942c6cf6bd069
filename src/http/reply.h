// A whole HTTP reply, and its bytes.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"

namespace jobgate {

struct HttpReply {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers = {};  // names are literals
};

HttpReply JsonReply(int status, const Json& json);
// What a 401 asks for (RFC 9110, 11.6.1).
inline constexpr std::string_view kTokenChallenge = "Bearer realm=\"jobgate\"";

// problem+json with the status and headers that belong to the error's code.
HttpReply ProblemReply(const Error& error, std::string_view challenge = kTokenChallenge);

// The reason phrase of RFC 9110, "" for a status that this server never sends.
std::string_view ReasonOf(int status);

// How a reply goes out on its connection.
struct ReplyForm {
  bool keep_alive = true;
  bool http_1_0 = false;
  bool head_only = false;  // HEAD: everything but the body
  std::string_view date;   // IMF-fixdate (RFC 9110, 5.6.7)
};

// Appends status line and headers (with those that every reply has) and the body to `out`.
void AppendReply(const HttpReply& reply, const ReplyForm& form, std::string& out);

// Status line and headers of a body that follows in pieces: with its length, else chunked, else
// (HTTP/1.0) until the connection closes.
struct StreamHead {
  std::string_view content_type;
  std::optional<int64_t> length = std::nullopt;
  std::vector<std::pair<std::string_view, std::string>> headers = {};
};
void AppendStreamHead(const StreamHead& head, const ReplyForm& form, std::string& out);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string HttpDate(Time time);

}  // namespace jobgate
