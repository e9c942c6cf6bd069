#include "src/cli/view/approvals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/limits.h"
#include "src/cli/view/sections.h"

namespace jobgate {
namespace {

constexpr size_t kSha256Digits = 64;

constexpr int kNameWidth = 9;  // of "approvers", the longest

std::string ApprovalsSoFar(const Json& approval) {
  const Json& given = ListAt(approval, "approvals");
  const auto needed = NumberAt(approval, "minApprovals");
  if (given.empty() && needed.value_or(1) == 1) return "";
  std::vector<std::string> people;  // one may have said it more than once
  for (const Json& one : given)
    if (std::ranges::find(people, TextAt(one, "by")) == people.end())
      people.push_back(TextAt(one, "by"));
  std::string words = std::to_string(people.size());
  if (needed) words += " of " + std::to_string(*needed);
  for (const std::string& by : people) words += (&by == &people.front() ? ": " : ", ") + by;
  return words;
}

// The first digits of a hash, with what stands behind it.
std::string FileInWords(const std::string& state) {
  if (state.empty()) return "(missing)";
  if (state.size() < kSha256Digits) return state;
  return Digest12(state.substr(0, kSha256Digits)) + state.substr(kSha256Digits);
}

// "deploy.sh 5f70bf18a086 executable": what is approved of each file is its content and mode.
std::string FilesInWords(const Json& files) {
  std::string words;
  for (const auto& [path, state] : files.items())
    words += (words.empty() ? "" : ", ") + path + " " + FileInWords(state.get<std::string>());
  return words;
}

// "of attempt 1, 5f70bf18a086": what is approved together with it.
std::string OutputInWords(const Json& output) {
  if (!output.is_object()) return "";
  return "of attempt " + std::to_string(NumberAt(output, "attempt").value_or(0)) + ", " +
         Digest12(TextAt(output, "stdoutSha256"));
}

}  // namespace

std::string ApprovalFacts(const Json& approval, const Look& look) {
  const Json& job = At(approval, "job");
  const std::string digest = TextAt(approval, "digest");
  // What will run is never shortened: it is what a person decides on.
  const Look whole = {look.now, 0, look.colors};
  return Facts({{"runs", QuotedArgv(TextsAt(approval, "argv"))},
                {"in", TextAt(approval, "cwd")},
                {"limits", LimitsInWords(At(approval, "limits"))},
                {"commit", TextAt(job, "gitCommit")},
                {"files", FilesInWords(At(approval, "files"))},
                {"output", OutputInWords(At(approval, "output"))},
                {"digest", Digest12(digest)}},
               whole, kNameWidth) +
         Facts({{"asked by", TextAt(job, "requester")},
                {"asked", MomentInFull(TimeAt(approval, "requestedAt"), look)},
                {"expires", MomentInFull(TimeAt(approval, "expiresAt"), look)},
                {"why", TextAt(approval, "reason")},
                {"approvers", TextAt(approval, "who")},
                {"approvals", ApprovalsSoFar(approval)},
                {"issue", IssueInWords(approval)}},
               look, kNameWidth) +
         Facts({{"approve", TextAt(approval, "approve")}, {"reject", TextAt(approval, "reject")}},
               whole, kNameWidth);
}

std::string WaitingList(const Json& approvals, const Look& look) {
  if (approvals.empty()) return "nothing waits for approval\n";
  std::string text;
  for (const Json& approval : approvals) {
    const Json& job = At(approval, "job");
    if (!text.empty()) text += "\n";
    text += Paint(look, Color::kBold, OneLine(TextAt(job, "id"))) + "  " +
            OneLine(TextAt(job, "entrypoint") + " · step " + TextAt(approval, "step")) + "\n";
    text += ApprovalFacts(approval, look);
  }
  return text;
}

}  // namespace jobgate
