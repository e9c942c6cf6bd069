#include "src/cli/view/intake.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"

namespace jobgate {

std::string IntakePage(const Json& intake, const Look& look) {
  const int64_t limit = CountAt(intake, "maxPerMinute");
  const bool paused = FlagAt(intake, "paused");
  const std::string by = TextAt(intake, "by");
  const bool said = !At(intake, "since").is_null();
  return std::string("intake ") + (paused ? "paused: `jobgate intake resume` opens it" : "open") +
         "\n" +
         Facts({{"limit", limit == 0 ? "none" : Counted(limit, "submission") + " a minute"},
                {"by", !said        ? ""
                       : by.empty() ? "the settings"
                                    : by},
                {"since", MomentInFull(TimeAt(intake, "since"), look)},
                {"reason", TextAt(intake, "reason")}},
               look);
}

}  // namespace jobgate
