#include "src/supervisor/text.h"

#include <cstdint>

namespace jobgate {
namespace {

unsigned char ByteAt(std::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]);
}

struct Lead {
  size_t length;
  uint32_t bits;
  uint32_t smallest;
};

Lead LeadOf(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return {2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

bool IsControl(std::string_view text, size_t length) {
  const unsigned char first = ByteAt(text, 0);
  if (length == 1) return first < 0x20 || first == 0x7F;
  return length == 2 && first == 0xC2 && ByteAt(text, 1) < 0xA0;  // C1 controls
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  const Lead lead = LeadOf(ByteAt(text, 0));
  if (lead.length == 0 || lead.length > text.size()) return 0;
  uint32_t point = lead.bits;
  for (size_t i = 1; i < lead.length; ++i) {
    if ((ByteAt(text, i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (ByteAt(text, i) & 0x3Fu);
  }
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  return point < lead.smallest || point > 0x10FFFF || surrogate ? 0 : lead.length;
}

std::string LastLine(std::string_view text, size_t bytes_max) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (const size_t end = text.rfind('\n'); end != std::string_view::npos)
    text.remove_prefix(end + 1);
  std::string line;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (line.size() + length > bytes_max) break;
    if (length > 0 && !IsControl(text, length)) line.append(text.substr(0, length));
    text.remove_prefix(length > 0 ? length : 1);
  }
  return line;
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

}  // namespace jobgate
