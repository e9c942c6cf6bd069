// How things are to look: the moment, the width and whether colours are wanted. Views are pure
// functions of the API's objects and a Look.
#pragma once
#include <string>
#include <string_view>

#include "src/base/time.h"

namespace jobgate {

struct Look {
  Time now;
  int columns = 0;  // 0 = unlimited
  bool colors = false;
};

enum class Color { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kMagenta };

// The text in `color`, or as it is where the look has no colours.
std::string Paint(const Look& look, Color color, std::string_view text);

// "now", "12s ago", "3m ago", "in 21h", "5d ago": one unit, never more exact than useful.
std::string RelativeTime(Time now, Time at);
// "12s", "3m", "21h", "5d".
std::string RoughDuration(Duration duration);

Color ColorOfState(std::string_view state);

}  // namespace jobgate
