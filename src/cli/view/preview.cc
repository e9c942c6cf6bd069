#include "src/cli/view/preview.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/limits.h"
#include "src/cli/view/sections.h"

namespace jobgate {
namespace {

std::string GateInWords(const Json& gate) {
  if (!gate.is_object()) return "";
  const int64_t needed = NumberAt(gate, "minApprovals").value_or(1);
  const std::string names = Join(TextsAt(gate, "approvers"), ", ");
  std::string words = "waits for " + std::to_string(needed) +
                      (needed == 1 ? " approval" : " approvals") + " by " +
                      (names.empty() ? "anyone who may approve" : names);
  const Json& self = At(gate, "allowSelfApproval");
  if (self.is_boolean() && !self.get<bool>()) words += ", not by yourself";
  if (const auto ttl = NumberAt(gate, "ttlMs"))
    words += ", for " + FormatDuration(Duration(*ttl)) + " at most";
  if (At(gate, "planCheck") == true) words += "; then the step before has to give the same again";
  return words;
}

}  // namespace

std::string PreviewPage(const Json& preview, const Look& look) {
  std::string text = "would be " + OneLine(TextAt(preview, "wouldBe")) + ", priority " +
                     OneLine(TextAt(preview, "priority")) + "; nothing was submitted\n";
  if (const std::string commit = TextAt(preview, "gitCommit"); !commit.empty())
    text += "would run from git commit " + OneLine(commit) + "\n";
  const Look whole = {look.now, 0, look.colors};
  for (const Json& step : ListAt(preview, "steps"))
    text += "\n" + Paint(look, Color::kBold, "step " + OneLine(TextAt(step, "name"))) + "\n" +
            Facts({{"runs", QuotedArgv(TextsAt(step, "argv"))},
                   {"in", TextAt(step, "cwd")},
                   {"limits", LimitsInWords(At(step, "limits"))},
                   {"gate", GateInWords(At(step, "gate"))}},
                  whole);
  return text;
}

}  // namespace jobgate
