#include "store/record/json_text.h"

#include <charconv>

#include "src/base/json.h"

namespace jobgate::record {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kHexObject = "{\"$hex\"";

bool IsContinuation(std::string_view bytes, size_t at) {
  return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80;
}

// Bytes of the character at `at`; 0 where there is none (RFC 3629: no surrogates, nothing longer
// than it must be).
size_t CharacterSize(std::string_view bytes, size_t at) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !IsContinuation(bytes, at + 1)) return 0;
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  if (first < 0xe0) return 2;
  if (first < 0xf0) {
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    return IsContinuation(bytes, at + 2) ? 3 : 0;
  }
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return IsContinuation(bytes, at + 2) && IsContinuation(bytes, at + 3) ? 4 : 0;
}

void AppendHexByte(std::string& out, unsigned char byte) {
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xf];
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      AppendHexByte(out, static_cast<unsigned char>(c));
  }
}

bool IsEscaped(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = CharacterSize(bytes, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

void AppendString(std::string& out, std::string_view bytes) {
  if (!IsUtf8(bytes)) {
    out.append(kHexObject).append(":\"");
    for (const char c : bytes) AppendHexByte(out, static_cast<unsigned char>(c));
    out += "\"}";
    return;
  }
  out += '"';
  size_t plain = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (!IsEscaped(bytes[at])) continue;
    out.append(bytes, plain, at - plain);
    AppendEscaped(out, bytes[at]);
    plain = at + 1;
  }
  out.append(bytes, plain).append(1, '"');
}

void AppendJson(std::string& out, std::string_view text) {
  const bool nests = text.starts_with('{') || text.starts_with('[');
  const bool closed = text.ends_with('}') || text.ends_with(']');
  if (nests && closed && !text.starts_with(kHexObject) &&
      text.find_first_of("\r\n") == std::string_view::npos && Json::accept(text))
    out.append(text);
  else
    AppendString(out, text);
}

void AppendNumber(std::string& out, int64_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
  out.append(digits, static_cast<size_t>(end - digits));
}

}  // namespace jobgate::record
