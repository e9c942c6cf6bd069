#include "src/api/error_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace jobgate {
namespace {

constexpr size_t kPatternBytesMax = 300;
constexpr size_t kHexDigitsMin = 8;
constexpr size_t kUlidLength = 26;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

size_t Count(std::string_view text, bool (*is)(char)) {
  return static_cast<size_t>(std::ranges::find_if_not(text, is) - text.begin());
}

// How much of the text `shape` fits: 9 a digit, x a hex digit, any other character itself.
size_t Fit(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool fits = shape[i] == '9'   ? IsDigit(text[i])
                      : shape[i] == 'x' ? IsHex(text[i])
                                        : text[i] == shape[i];
    if (!fits) return 0;
  }
  return shape.size();
}

bool EndsHere(std::string_view text, size_t at) {
  return at >= text.size() || !IsWord(text[at]);
}

// Each of the following returns how long the match at the beginning of `text` is; 0 = none.

size_t Clock(std::string_view text) {
  size_t length = Fit(text, "99:99:99");
  if (length == 0) return 0;
  if (length + 1 < text.size() && (text[length] == '.' || text[length] == ','))
    if (const size_t digits = Count(text.substr(length + 1), IsDigit)) length += 1 + digits;
  const std::string_view rest = text.substr(length);
  if (rest.starts_with('Z')) return length + 1;
  for (const char* zone : {"+99:99", "-99:99", "+9999", "-9999"})
    if (const size_t fits = Fit(rest, zone)) return length + fits;
  return length;
}

size_t Moment(std::string_view text) {
  size_t length = std::max(Fit(text, "9999-99-99"), Fit(text, "9999/99/99"));
  if (length == 0) return Clock(text);
  if (length < text.size() && (text[length] == 'T' || text[length] == ' '))
    if (const size_t clock = Clock(text.substr(length + 1))) length += 1 + clock;
  return length;
}

size_t Identifier(std::string_view text) {
  const size_t uuid = Fit(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
  if (uuid > 0 && EndsHere(text, uuid)) return uuid;
  if (!text.starts_with("job_")) return 0;
  const size_t length = 4 + Count(text.substr(4), IsWord);
  return length == 4 + kUlidLength ? length : 0;
}

size_t HexNumber(std::string_view text) {
  const size_t prefix = text.starts_with("0x") || text.starts_with("0X") ? 2 : 0;
  const size_t digits = Count(text.substr(prefix), IsHex);
  if (!EndsHere(text, prefix + digits)) return 0;
  if (prefix > 0) return digits > 0 ? prefix + digits : 0;
  const std::string_view word = text.substr(0, digits);
  const bool mixed = std::ranges::any_of(word, IsDigit) && !std::ranges::all_of(word, IsDigit);
  return digits >= kHexDigitsMin && mixed ? digits : 0;
}

size_t Address(std::string_view text) {
  size_t length = 0;
  for (int part = 0; part < 4; ++part) {
    const size_t digits = Count(text.substr(length), IsDigit);
    if (digits == 0 || digits > 3) return 0;
    length += digits;
    if (part == 3) break;
    if (length >= text.size() || text[length] != '.') return 0;
    ++length;
  }
  if (length + 1 < text.size() && text[length] == ':')
    if (const size_t port = Count(text.substr(length + 1), IsDigit)) length += 1 + port;
  return EndsHere(text, length) ? length : 0;
}

bool IsInPath(char c) {
  return !std::isspace(static_cast<unsigned char>(c)) &&
         std::string_view("'\"`,;()[]{}<>").find(c) == std::string_view::npos;
}

// With a scheme before it or not; what closes the sentence is no part of it.
size_t Path(std::string_view text) {
  size_t start = 0;
  const size_t scheme =
      Count(text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  if (scheme > 0) {
    if (!text.substr(scheme).starts_with("://")) return 0;
    start = scheme + 3;
  } else {
    while (start < text.size() && (text[start] == '.' || text[start] == '~')) ++start;
    if (start >= text.size() || text[start] != '/') return 0;
  }
  size_t length = start + Count(text.substr(start), IsInPath);
  while (length > start && (text[length - 1] == ':' || text[length - 1] == '.')) --length;
  return length > start + (scheme > 0 ? 0 : 1) ? length : 0;
}

// An apostrophe inside a word opens nothing; Match looks only where a word begins.
size_t Quoted(std::string_view text) {
  if (text.empty()) return 0;
  const char open = text.front();
  if (open != '\'' && open != '"' && open != '`') return 0;
  const size_t close = text.find(open, 1);
  return close == std::string_view::npos ? 0 : close + 1;
}

size_t Number(std::string_view text) {
  size_t length = Count(text, IsDigit);
  if (length == 0) return 0;
  if (length + 1 < text.size() && text[length] == '.')
    if (const size_t digits = Count(text.substr(length + 1), IsDigit)) length += 1 + digits;
  return length;
}

struct Kind {
  size_t (*match)(std::string_view text);
  std::string_view word;
};

// The first that matches counts.
constexpr std::array kKinds = {Kind{Quoted, "<text>"},     Kind{Moment, "<time>"},
                               Kind{Identifier, "<id>"},   Kind{Path, "<path>"},
                               Kind{Address, "<address>"}, Kind{HexNumber, "<hex>"},
                               Kind{Number, "<n>"}};

struct Match {
  size_t length = 0;
  std::string_view word;
};

Match MatchAt(std::string_view text) {
  for (const Kind& kind : kKinds)
    if (const size_t length = kind.match(text)) return {length, kind.word};
  return {};
}

}  // namespace

std::string ErrorPattern(std::string_view message) {
  std::string pattern;
  bool in_word = false;
  for (size_t at = 0; at < message.size() && pattern.size() < kPatternBytesMax;) {
    const char c = message[at];
    if (std::isspace(static_cast<unsigned char>(c))) {
      if (!pattern.empty() && pattern.back() != ' ') pattern += ' ';
      in_word = false;
      ++at;
      continue;
    }
    const bool number_in_word = in_word && IsDigit(c);
    const Match match = number_in_word ? Match{Number(message.substr(at)), "<n>"}
                        : in_word      ? Match{}
                                       : MatchAt(message.substr(at));
    if (match.length > 0) {
      pattern += match.word;
      at += match.length;
      continue;
    }
    pattern += c;
    in_word = IsWord(c);
    ++at;
  }
  if (pattern.size() > kPatternBytesMax) pattern.resize(kPatternBytesMax);
  while (pattern.ends_with(' ')) pattern.pop_back();
  return pattern;
}

}  // namespace jobgate
