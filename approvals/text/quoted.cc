#include "approvals/text/quoted.h"

#include <algorithm>
#include <cstdint>

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

// U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: they turn the direction of what is read.
bool IsDirection(std::string_view three) {
  if (three.size() < 3 || three[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(three[1]);
  const auto third = static_cast<unsigned char>(three[2]);
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

// Without what a terminal or a browser would not show, or would show somewhere else.
std::string Visible(std::string_view text) {
  std::string visible;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDirection(text.substr(i))) {
      visible += kReplacement;
      i += 2;
    } else if (IsControl(text[i])) {
      visible += kReplacement;
    } else {
      visible += text[i];
    }
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
