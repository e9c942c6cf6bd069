#include "src/base/time.h"

#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace jobgate {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::year_month_day;

struct Unit {
  std::string_view suffix;
  int64_t ms;
};

// "ms" before "m", so that the longer suffix wins.
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                               Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};

std::optional<int> Digits(std::string_view text, size_t at, size_t count) {
  int value = 0;
  if (text.size() < at + count) return std::nullopt;
  const char* end = text.data() + at + count;
  auto [stop, error] = std::from_chars(text.data() + at, end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

// Milliseconds of "Z" or ".d+Z", digits after the third ignored.
std::optional<int> FractionMs(std::string_view tail) {
  if (tail == "Z") return 0;
  if (tail.size() < 3 || tail.front() != '.' || tail.back() != 'Z') return std::nullopt;
  int ms = 0, scale = 100;
  for (char c : tail.substr(1, tail.size() - 2)) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    ms += (c - '0') * scale;
    scale /= 10;
  }
  return ms;
}

// Every reply holds a few times: printf(3) would be a good part of what it costs.
void WriteDigits(std::string& text, size_t at, size_t count, int value) {
  for (size_t i = count; i-- > 0; value /= 10) text[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string FormatTime(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  WriteDigits(text, 0, 4, static_cast<int>(date.year()));
  WriteDigits(text, 5, 2, static_cast<int>(static_cast<unsigned>(date.month())));
  WriteDigits(text, 8, 2, static_cast<int>(static_cast<unsigned>(date.day())));
  WriteDigits(text, 11, 2, static_cast<int>(clock.hours().count()));
  WriteDigits(text, 14, 2, static_cast<int>(clock.minutes().count()));
  WriteDigits(text, 17, 2, static_cast<int>(clock.seconds().count()));
  WriteDigits(text, 20, 3, static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<Time> ParseTime(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  const auto hour = Digits(text, 11, 2), minute = Digits(text, 14, 2), second = Digits(text, 17, 2);
  const auto ms = FractionMs(text.substr(19));
  if (!year || !month || !day || !hour || !minute || !second || !ms) return std::nullopt;
  const year_month_day date(std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + Duration(*ms);
}

std::string FormatDuration(Duration duration) {
  constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  const int64_t ms = duration.count();
  if (ms < 0) return "-" + FormatDuration(-duration);
  if (ms < kSecond) return std::to_string(ms) + "ms";
  if (ms < kMinute)
    return std::to_string(ms / kSecond) + "." + std::to_string(ms % kSecond / 100) + "s";
  // Two units; the smaller one only where there is something of it.
  const auto in = [&](int64_t unit, const char* name, int64_t smaller, const char* smaller_name) {
    const int64_t rest = ms % unit / smaller;
    return std::to_string(ms / unit) + name +
           (rest > 0 ? " " + std::to_string(rest) + smaller_name : "");
  };
  if (ms < kHour) return in(kMinute, "m", kSecond, "s");
  return ms < 2 * kDay ? in(kHour, "h", kMinute, "m") : in(kDay, "d", kHour, "h");
}

Result<Duration> ParseDuration(std::string_view text) {
  const auto refuse = [&] {
    return Fail(Code::kInvalidArgument, "'" + std::string(text) +
                                            "' is no duration: write a number with a unit, such "
                                            "as 250ms, 10s, 10m, 72h, 3d or 1h30m");
  };
  if (text.empty()) return refuse();
  int64_t total = 0;
  for (std::string_view rest = text; !rest.empty();) {
    int64_t number = 0;
    auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || number < 0) return refuse();
    rest.remove_prefix(static_cast<size_t>(stop - rest.data()));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits)
      if (rest.starts_with(candidate.suffix)) {
        unit = &candidate;
        break;
      }
    constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
    if (!unit || number > (kLargest - total) / unit->ms) return refuse();
    total += number * unit->ms;
    rest.remove_prefix(unit->suffix.size());
  }
  return Duration(total);
}

}  // namespace jobgate
