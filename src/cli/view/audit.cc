#include "src/cli/view/audit.h"

#include <algorithm>
#include <string_view>

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

std::vector<Json> FindingsOf(const Json& issues, std::string_view kind) {
  std::vector<Json> findings;
  for (const Json& finding : ListAt(issues, "findings"))
    if (TextAt(finding, "kind") == kind) findings.push_back(finding);
  return findings;
}

// Never shortened: they are there to be compared.
std::string DifferencesText(const Json& issues) {
  std::string text;
  for (const Json& finding : FindingsOf(issues, "differs"))
    text += "  DIFFERS  " + OneLine(TextAt(finding, "url")) +
            "\n    here:  " + OneLine(TextAt(finding, "what")) + "\n    there: event " +
            TextAt(finding, "seq") + " has the hash " + OneLine(TextAt(finding, "hash")) + "\n";
  return text;
}

// How many, and the newest few of them.
std::string FewOf(const Json& issues, std::string_view kind) {
  constexpr size_t kShown = 5;
  const auto findings = FindingsOf(issues, kind);
  if (findings.empty()) return "";
  std::vector<std::string> urls;
  for (size_t i = 0; i < std::min(findings.size(), kShown); ++i)
    urls.push_back(TextAt(findings[i], "url"));
  if (findings.size() > kShown) urls.emplace_back("…");
  return Counted(static_cast<int64_t>(findings.size()), "message") + ": " + Join(urls, ", ");
}

std::string MatchText(const Json& issues) {
  const int64_t matching = CountAt(issues, "matching");
  if (matching == 0 && ListAt(issues, "findings").empty())
    return "none there; `--account` says who writes them, where this token is not the daemon's";
  return Counted(matching, "message") + " of " + TextAt(issues, "account") +
         (FlagAt(issues, "olderLeftOut") ? "; older ones were not read" : "");
}

std::string IssuesText(const Json& issues, const Look& look) {
  if (issues.is_null()) return "";
  if (const std::string why = TextAt(issues, "whyNot"); !why.empty())
    return Section("Messages on issues", Facts({{"not compared", why}}, look), look);
  return Section("Messages on issues of " + TextAt(issues, "repo"),
                 Facts({{"match", MatchText(issues)},
                        {"edited", FewOf(issues, "edited")},
                        {"other stores", FewOf(issues, "ofAnotherStore")}},
                       look) +
                     DifferencesText(issues),
                 look);
}

}  // namespace

std::string AuditPage(const Json& audit, const Look& look) {
  return Facts({{"chained", EventsText(audit)},
                {"not chained", BeforeText(audit)},
                {"begins", MomentInFull(TimeAt(audit, "beginsAt"), look)},
                {"chain", BreakText(audit)}},
               look) +
         HeadLine(audit) + HeadsText(audit, look) + IssuesText(At(audit, "issues"), look);
}

}  // namespace jobgate
