#include "approvals/text/quoted.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace jobgate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

size_t LongestRun(std::string_view text, char of) {
  size_t longest = 0, run = 0;
  for (char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// What has no width, or turns the direction of what is read: the format characters of Unicode, and
// those that are shown as nothing where a font does not know them (Default_Ignorable_Code_Point).
// https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
struct CodeRange {
  uint32_t first, last;
};
constexpr CodeRange kHidden[] = {
    {0x80, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},
    {0x8E2, 0x8E2},     {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},
    {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1345F},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool IsHidden(uint32_t code) {
  return std::ranges::any_of(
      kHidden, [&](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

struct CodePoint {
  uint32_t code = 0;
  size_t bytes = 1;
};

// At the beginning of `text`, which has a character of more than one byte there.
CodePoint Decoded(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || text.size() < bytes) return {};
  uint32_t code = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (!IsContinuation(text[i])) return {};
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  return {code, bytes};
}

std::string Escaped(uint32_t code) {
  char hex[16];
  std::snprintf(hex, sizeof hex, "\\u{%X}", code);
  return hex;
}

bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

// What a terminal or a browser would not show, or would show somewhere else, as what it is.
std::string Visible(std::string_view text) {
  std::string visible;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsControl(text[i])) {
      visible += kReplacement;
      continue;
    }
    const bool is_ascii = static_cast<unsigned char>(text[i]) < 0x80;
    const CodePoint point = is_ascii ? CodePoint{} : Decoded(text.substr(i));
    visible += point.bytes > 1 && IsHidden(point.code) ? Escaped(point.code)
                                                       : std::string(text.substr(i, point.bytes));
    i += point.bytes - 1;
  }
  return visible;
}

}  // namespace

std::string Fenced(std::string_view text, std::string_view language) {
  std::string inside = Visible(text);
  const std::string fence(std::max<size_t>(3, LongestRun(inside, '`') + 1), '`');
  if (!inside.ends_with('\n')) inside += '\n';
  return fence + std::string(language) + "\n" + inside + fence + "\n";
}

std::string FencedHead(std::string_view text, size_t bytes_max, std::string_view language) {
  const std::string_view head = Head(text, bytes_max);
  std::string block = Fenced(head, language);
  if (head.size() < text.size()) block += "The rest is too long for an issue.\n";
  return block;
}

std::string InlineCode(std::string_view text) {
  std::string inside;
  for (char c : Visible(text)) {
    if (c == '\n')
      inside += "\\n";
    else if (c == '|')
      inside += "\\|";
    else
      inside += c;
  }
  if (inside.empty()) return "(empty)";
  const std::string tick(LongestRun(inside, '`') + 1, '`');
  return tick + " " + inside + " " + tick;
}

std::string_view Head(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && IsContinuation(text[bytes_max])) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string_view Tail(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t from = text.size() - bytes_max;
  while (from < text.size() && IsContinuation(text[from])) ++from;
  return text.substr(from);
}

}  // namespace jobgate
