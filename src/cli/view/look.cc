#include "src/cli/view/look.h"

#include <array>
#include <utility>

namespace jobgate {
namespace {

std::string_view EscapeOf(Color color) {
  switch (color) {
    case Color::kPlain:
      return "";
    case Color::kBold:
      return "\x1b[1m";
    case Color::kDim:
      return "\x1b[2m";
    case Color::kRed:
      return "\x1b[31m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kBlue:
      return "\x1b[34m";
    case Color::kMagenta:
      return "\x1b[35m";
  }
  return "";
}

constexpr std::array<std::pair<std::string_view, Color>, 7> kStateColors = {{
    {"running", Color::kBlue},
    {"waiting_approval", Color::kYellow},
    {"interrupted", Color::kMagenta},
    {"dead_lettered", Color::kRed},
    {"failed", Color::kRed},
    {"succeeded", Color::kGreen},
    {"canceled", Color::kDim},
}};

Duration HalfUnitOf(Duration duration) {
  using namespace std::chrono_literals;
  if (duration < 100s) return 500ms;
  if (duration < 100min) return 30s;
  return duration < 48h ? Duration(30min) : Duration(12h);
}

}  // namespace

std::string Paint(const Look& look, Color color, std::string_view text) {
  if (!look.colors || color == Color::kPlain || text.empty()) return std::string(text);
  return std::string(EscapeOf(color)) + std::string(text) + "\x1b[0m";
}

std::string RoughDuration(Duration duration) {
  using std::chrono::duration_cast, std::chrono::seconds;
  const auto text = [](auto count, const char* unit) { return std::to_string(count) + unit; };
  const auto whole_seconds = duration_cast<seconds>(duration).count();
  if (whole_seconds < 100) return text(whole_seconds, "s");
  const auto whole_minutes = whole_seconds / 60;
  if (whole_minutes < 100) return text(whole_minutes, "m");
  const auto whole_hours = whole_minutes / 60;
  if (whole_hours < 48) return text(whole_hours, "h");
  return text(whole_hours / 24, "d");
}

std::string RelativeTime(Time now, Time at) {
  const Duration away = at - now;
  if (away < std::chrono::seconds(1) && away > -std::chrono::seconds(1)) return "now";
  // What is ahead is rounded to the nearest unit, so that a fresh 24 hours do not read as 23.
  if (away > Duration::zero()) return "in " + RoughDuration(away + HalfUnitOf(away));
  return RoughDuration(-away) + " ago";
}

Color ColorOfState(std::string_view state) {
  for (const auto& [name, color] : kStateColors)
    if (name == state) return color;
  return Color::kPlain;
}

}  // namespace jobgate
