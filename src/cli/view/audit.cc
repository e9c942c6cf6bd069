#include "src/cli/view/audit.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"

namespace jobgate {
namespace {

std::string EventsText(const Json& audit) {
  if (CountAt(audit, "events") == 0) return "none";
  return Counted(CountAt(audit, "events"), "event") + ", from " + TextAt(audit, "firstSeq") +
         " to " + TextAt(audit, "lastSeq");
}

std::string BeforeText(const Json& audit) {
  const int64_t before = CountAt(audit, "eventsBefore");
  return before == 0 ? "" : Counted(before, "event") + " from before the chain";
}

std::string BreakText(const Json& audit) {
  const Json& found = At(audit, "break");
  if (found.is_null() && CountAt(audit, "events") == 0) return "begins with the next event";
  return found.is_null() ? "sound: every hash follows from the one before it"
                         : "BROKEN: " + TextAt(found, "what");
}

// Never shortened: it is there to be kept elsewhere.
std::string HeadLine(const Json& audit) {
  if (CountAt(audit, "events") == 0) return "";
  return "\nHead\n  " + TextAt(audit, "lastSeq") + ":" + TextAt(audit, "head") + "\n";
}

std::string HeadsText(const Json& audit, const Look& look) {
  std::vector<Fact> heads;
  for (const Json& head : ListAt(audit, "heads"))
    heads.emplace_back(TextAt(head, "seq"), At(head, "matches") == Json(true)
                                                ? "matches"
                                                : "DIFFERS: " + TextAt(head, "what"));
  return Section("Heads that were given", Facts(heads, look), look);
}

}  // namespace

std::string AuditPage(const Json& audit, const Look& look) {
  return Facts({{"chained", EventsText(audit)},
                {"not chained", BeforeText(audit)},
                {"begins", MomentInFull(TimeAt(audit, "beginsAt"), look)},
                {"chain", BreakText(audit)}},
               look) +
         HeadLine(audit) + HeadsText(audit, look);
}

}  // namespace jobgate
