#include "src/cli/view/approval_figures.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

std::string WaitingInWords(const Json& figures) {
  std::string words = TextAt(figures, "waiting");
  if (const auto oldest = NumberAt(figures, "oldestWaitingMs"))
    words += ", the oldest for " + FormatDuration(Duration(*oldest));
  return words;
}

std::string EndsInWords(const Json& requests) {
  return TextAt(requests, "approved") + " approved, " + TextAt(requests, "rejected") +
         " rejected, " + TextAt(requests, "expired") + " expired";
}

std::string TimeInWords(const Json& times) {
  const auto mean = NumberAt(times, "meanMs");
  if (!mean) return "";
  std::string words = FormatDuration(Duration(*mean)) + " on average";
  if (const auto half = NumberAt(times, "halfWithinMs"))
    words += ", half within " + FormatDuration(Duration(*half));
  if (const auto most = NumberAt(times, "mostWithinMs"))
    words += ", 95 % within " + FormatDuration(Duration(*most));
  return words;
}

std::string RefusalsInWords(const Json& refusals) {
  std::string words;
  if (!refusals.is_object()) return words;
  for (const auto& [cause, count] : refusals.items())
    if (count != 0) words += (words.empty() ? "" : ", ") + Shown(count) + " " + cause;
  return words;
}

std::string GateTable(const Json& gates, const Look& look) {
  Table table({{"GATE", 8},
               {"STEP", 6, 2},
               {"APPROVED", 0, 0, true},
               {"REJECTED", 0, 0, true},
               {"EXPIRED", 0, 3, true},
               {"", 0, 1}});
  for (const Json& gate : gates)
    table.Add({TextAt(gate, "entrypoint"),
               TextAt(gate, "step"),
               TextAt(gate, "approved"),
               TextAt(gate, "rejected"),
               TextAt(gate, "expired"),
               {FlagAt(gate, "neverRejected") ? "never rejected" : "", Color::kYellow}});
  return table.Render(look);
}

std::string PeopleTable(const Json& people, const Look& look) {
  Table table({{"WHO", 8}, {"APPROVED", 0, 0, true}, {"REJECTED", 0, 0, true}});
  if (!people.is_object()) return "";
  for (const auto& [actor, said] : people.items())
    table.Add({actor, TextAt(said, "approvals"), TextAt(said, "rejections")});
  return table.Render(look);
}

}  // namespace

std::string ApprovalFigures(const Json& figures, const Look& look) {
  const auto since = TimeAt(figures, "since");
  if (!since && CountAt(figures, "waiting") == 0) return "";
  const std::string gates = GateTable(ListAt(figures, "gates"), look);
  const std::string people = PeopleTable(At(figures, "people"), look);
  return "\n" + Paint(look, Color::kBold, "At the gates") + "\n" +
         Facts({{"waiting", WaitingInWords(figures)},
                {"since", MomentInFull(since, look)},
                {"requests", since ? EndsInWords(At(figures, "requests")) : ""},
                {"approved in", TimeInWords(At(figures, "timeToApproval"))},
                {"rejected in", TimeInWords(At(figures, "timeToRejection"))},
                {"did not count", RefusalsInWords(At(figures, "refusals"))}},
               look) +
         (gates.empty() ? "" : "\n" + gates) + (people.empty() ? "" : "\n" + people);
}

}  // namespace jobgate
