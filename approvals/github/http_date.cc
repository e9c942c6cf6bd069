#include "approvals/github/http_date.h"

#include <array>
#include <string>

namespace jobgate::github {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string TwoDigits(size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::optional<Time> ParseHttpDate(std::string_view text) {
  constexpr size_t kLength = std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size();
  if (text.size() != kLength || text.substr(3, 2) != ", " || text.substr(25) != " GMT")
    return std::nullopt;
  for (size_t month = 0; month < kMonths.size(); ++month)
    if (text.substr(7, 5) == " " + std::string(kMonths[month]) + " ")
      return ParseTime(std::string(text.substr(12, 4)) + "-" + TwoDigits(month + 1) + "-" +
                       std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) +
                       "Z");
  return std::nullopt;
}

}  // namespace jobgate::github
