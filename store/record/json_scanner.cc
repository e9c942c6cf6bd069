#include "store/record/json_scanner.h"

#include <charconv>
#include <cstring>

namespace jobgate::record {
namespace {

constexpr std::string_view kHexStart = "{\"$hex\":\"";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void JsonScanner::Expect(std::string_view text) {
  if (std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(text))
    at_ += text.size();
  else
    Fail();
}

std::string_view JsonScanner::Key() {
  Expect('"');
  const auto* quote =
      static_cast<const char*>(std::memchr(at_, '"', static_cast<size_t>(end_ - at_)));
  if (!quote) {
    Fail();
    return {};
  }
  const std::string_view key(at_, static_cast<size_t>(quote - at_));
  at_ = quote + 1;
  Expect(':');
  return key;
}

void JsonScanner::String(std::string& out) {
  out.clear();
  if (Peek() == '{') return HexBytes(out);
  Expect('"');
  const char* plain = at_;
  // Most strings have no escapes.
  const auto* quote =
      static_cast<const char*>(std::memchr(at_, '"', static_cast<size_t>(end_ - at_)));
  if (quote && !std::memchr(at_, '\\', static_cast<size_t>(quote - at_))) {
    out.assign(at_, quote);
    at_ = quote + 1;
    return;
  }
  while (at_ < end_ && *at_ != '"') {
    if (*at_ != '\\') {
      ++at_;
      continue;
    }
    out.append(plain, at_);
    ++at_;
    Escape(out);
    plain = at_;
  }
  if (failed_) return;
  out.append(plain, at_);
  Expect('"');
}

void JsonScanner::Escape(std::string& out) {
  const char kind = Peek();
  if (!AtEnd()) ++at_;
  switch (kind) {
    case '"':
    case '\\':
      out += kind;
      return;
    case 'n':
      out += '\n';
      return;
    case 'r':
      out += '\r';
      return;
    case 't':
      out += '\t';
      return;
    case 'u':
      out += static_cast<char>(HexDigits(4));  // this program escapes control characters alone
      return;
    default:
      Fail();
  }
}

unsigned JsonScanner::HexDigits(int count) {
  unsigned number = 0;
  for (int i = 0; i < count; ++i) {
    const int value = HexValue(Peek());
    if (value < 0) {
      Fail();
      return 0;
    }
    number = number * 16 + static_cast<unsigned>(value);
    ++at_;
  }
  return number;
}

void JsonScanner::HexBytes(std::string& out) {
  Expect(kHexStart);
  while (!failed_ && Peek() != '"') out += static_cast<char>(HexDigits(2));
  Expect("\"}");
}

void JsonScanner::Json(std::string& out) {
  const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
  if (Peek() == '"' || rest.starts_with(kHexStart)) return String(out);
  out.assign(Value());
}

int64_t JsonScanner::Number() {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(at_, end_, number);
  if (error != std::errc()) {
    Fail();
    return 0;
  }
  at_ = end;
  return number;
}

bool JsonScanner::Bool() {
  const bool value = Peek() == 't';
  Expect(value ? "true" : "false");
  return value;
}

void JsonScanner::SkipString() {
  ++at_;
  const auto* quote =
      static_cast<const char*>(std::memchr(at_, '"', static_cast<size_t>(end_ - at_)));
  if (quote && !std::memchr(at_, '\\', static_cast<size_t>(quote - at_))) {
    at_ = quote + 1;
    return;
  }
  while (at_ < end_ && *at_ != '"') at_ += *at_ == '\\' && at_ + 1 < end_ ? 2 : 1;
  Expect('"');
}

std::string_view JsonScanner::Value() {
  const char* start = at_;
  int depth = 0;
  do {
    const char c = Peek();
    if (c == '"') {
      SkipString();
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at_;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at_;
    } else if (c == ',' || c == ':' || c == ' ' || c == '\t') {
      ++at_;
    } else {
      const char* word = at_;
      while (at_ < end_ && !std::strchr(",:]}[{\" \t", *at_)) ++at_;
      if (at_ == word) Fail();
    }
  } while (!failed_ && depth > 0);
  if (failed_ || depth < 0) return {};
  return {start, static_cast<size_t>(at_ - start)};
}

}  // namespace jobgate::record
