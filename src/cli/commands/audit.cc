// `audit verify`: whether the history is still the one that was written.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "src/api/audit_json.h"
#include "src/cli/commands/commands.h"
#include "src/cli/commands/store_answers.h"
#include "src/cli/issue_hearing.h"
#include "src/cli/store_access.h"
#include "src/cli/view/audit.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

constexpr int kExitFindings = 1;

struct Chosen {
  std::vector<std::string> heads;
  std::optional<std::string> account;
  bool without_issues = false;
};

Result<std::vector<Witness>> Given(const std::vector<std::string>& texts) {
  std::vector<Witness> witnesses;
  for (const std::string& text : texts) {
    auto head = ParseChainHead(text);
    if (!head) return Fail(Code::kInvalidArgument, "--head " + text + ": " + head.error().message);
    witnesses.push_back({*std::move(head)});
  }
  return witnesses;
}

// Before the store is read: what is written on an issue meanwhile is not there yet.
std::optional<IssueHearing> Heard(Session& session, const Chosen& chosen) {
  if (chosen.without_issues) return std::nullopt;
  auto hearing = HearIssues(session, chosen.account.value_or(""));
  if (hearing && !hearing->why_not.empty())
    session.Note("the messages on issues are not compared: " + hearing->why_not);
  return hearing;
}

// `report` with what was given by hand under `heads`, and the issues under their own name.
Json WithIssues(Json report, size_t given, const std::optional<IssueHearing>& hearing) {
  Json heads = Json::array(), checks = Json::array();
  for (const Json& head : ListAt(report, "heads"))
    (heads.size() < given ? heads : checks).push_back(head);
  report["heads"] = std::move(heads);
  report["issues"] = hearing ? hearing->ToJson(checks) : Json();
  return report;
}

Result<int> RunVerify(Session& session, const Chosen& chosen) {
  auto witnesses = Given(chosen.heads);
  if (!witnesses) return Fail(std::move(witnesses).error());
  const size_t given = witnesses->size();
  const auto hearing = Heard(session, chosen);
  if (hearing) std::ranges::copy(hearing->Witnesses(), std::back_inserter(*witnesses));
  auto store = StoreAccess::Find(session);
  if (!store) return Fail(std::move(store).error());
  auto answer = store->Post(
      "/api/v1/audit/verify", WitnessesJson(*witnesses),
      [&](StoreUpkeep& files) { return AsJson(Audit(files, *witnesses), AuditReportJson); });
  if (!answer) return Fail(std::move(answer).error());
  const Json report = WithIssues(*std::move(answer), given, hearing);
  Print(session, report, AuditPage(report, session.LookNow()));
  if (FlagAt(report, "sound")) return 0;
  session.Note("the history is not what was written: docs/audit.md says how to go on");
  return kExitFindings;
}

}  // namespace

void AddAudit(CommandBuilder& root) {
  CommandBuilder audit = root.Command("audit", "The history of events as evidence");
  audit.About("docs/audit.md says what it proves, and has questions to it in SQL.");

  auto chosen = std::make_shared<Chosen>();
  CommandBuilder verify =
      audit.Command("verify", "Check that no event was edited, removed or moved");
  verify
      .Texts("--head", "SEQ:HASH", chosen->heads,
             "Compare what somebody outside kept, too; may be repeated")
      .Switch("--without-issues", chosen->without_issues,
              "Do not ask GitHub for what jobgate wrote on issues")
      .Text("--account", "LOGIN", chosen->account,
            "Who wrote those, where the token at hand is not the daemon's")
      .About(
          "Through the daemon where one runs, else on the files. With approval on GitHub, also\n"
          "against the messages on issues. Exit 1 where something does not fit.")
      .Examples({"jobgate audit verify", "jobgate audit verify --account acme-jobgate",
                 "jobgate audit verify --head 57:9f86d0…"});
  verify.Run([chosen](Session& session) { return RunVerify(session, *chosen); });
}

}  // namespace jobgate
