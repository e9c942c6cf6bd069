#include "src/cli/view/breakers.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

Color ColorOf(const std::string& state) {
  if (state == "open") return Color::kRed;
  return state == "closed" ? Color::kGreen : Color::kYellow;
}

std::string NextIn(const Json& breaker, const Look& look) {
  if (const auto until = TimeAt(breaker, "until"))
    return "tries one job " + RelativeTime(look.now, *until);
  const std::string probe = TextAt(breaker, "probe");
  if (!probe.empty()) return probe + " is tried";
  return TextAt(breaker, "state") == "half-open" ? "tries the next job" : "";
}

}  // namespace

std::string BreakerTable(const Json& breakers, const Look& look) {
  Table table({{"ENTRYPOINT", 8},
               {"STATE"},
               {"FAILURES", 0, 1, true},
               {"NEXT", 8, 2},
               {"LAST ERROR", 8, 3}});
  for (const Json& breaker : ListAt(breakers, "breakers")) {
    const std::string state = TextAt(breaker, "state");
    table.Add({TextAt(breaker, "entrypoint"),
               {state, ColorOf(state)},
               TextAt(breaker, "failures"),
               NextIn(breaker, look),
               TextAt(breaker, "lastError")});
  }
  const std::string off =
      FlagAt(breakers, "enabled") ? "" : "the breakers are off (breaker.enabled is false)\n";
  return off + (table.empty() ? "no entrypoint is declared\n" : table.Render(look));
}

}  // namespace jobgate
