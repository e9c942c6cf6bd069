#include "src/config/formats.h"

#include <array>
#include <chrono>
#include <cstddef>

namespace jobgate {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// 'd' in `form` stands for a digit, everything else for itself; letters in either case.
bool HasForm(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'd' ? !IsDigit(text[i]) : text[i] != form[i]) return false;
  }
  return true;
}

int Number(std::string_view digits) {
  int number = 0;
  for (char c : digits) number = number * 10 + (c - '0');
  return number;
}

bool IsDate(std::string_view text) {
  if (!HasForm(text, "dddd-dd-dd")) return false;
  return std::chrono::year_month_day(
             std::chrono::year(Number(text.substr(0, 4))),
             std::chrono::month(static_cast<unsigned>(Number(text.substr(5, 2)))),
             std::chrono::day(static_cast<unsigned>(Number(text.substr(8, 2)))))
      .ok();
}

bool IsOffset(std::string_view text) {
  if (text == "Z" || text == "z") return true;
  return (HasForm(text, "+dd:dd") || HasForm(text, "-dd:dd")) && Number(text.substr(1, 2)) < 24 &&
         Number(text.substr(4, 2)) < 60;
}

bool IsTime(std::string_view text) {
  if (!HasForm(text.substr(0, 8), "dd:dd:dd") || Number(text.substr(0, 2)) > 23 ||
      Number(text.substr(3, 2)) > 59 || Number(text.substr(6, 2)) > 60)
    return false;
  text.remove_prefix(8);
  if (text.starts_with('.')) {
    size_t end = 1;
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end == 1) return false;
    text.remove_prefix(end);
  }
  return IsOffset(text);
}

bool IsDateTime(std::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && IsDate(text.substr(0, 10)) &&
         IsTime(text.substr(11));
}

constexpr std::array kFormats = {
    Format{"date", "2026-01-31", IsDate},
    Format{"time", "23:59:59Z", IsTime},
    Format{"date-time", "2026-01-31T23:59:59Z", IsDateTime},
};

}  // namespace

const Format* FindFormat(std::string_view name) {
  for (const Format& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace jobgate
