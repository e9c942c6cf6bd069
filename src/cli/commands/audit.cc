// `audit verify`: whether the history is still the one that was written.
#include <memory>

#include "src/api/audit_json.h"
#include "src/cli/commands/commands.h"
#include "src/cli/commands/store_answers.h"
#include "src/cli/store_access.h"
#include "src/cli/view/audit.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

constexpr int kExitFindings = 1;

Result<std::vector<Witness>> Given(const std::vector<std::string>& texts) {
  std::vector<Witness> witnesses;
  for (const std::string& text : texts) {
    auto head = ParseChainHead(text);
    if (!head) return Fail(Code::kInvalidArgument, "--head " + text + ": " + head.error().message);
    witnesses.push_back({*std::move(head)});
  }
  return witnesses;
}

Result<int> RunVerify(Session& session, const std::vector<std::string>& texts) {
  const auto witnesses = Given(texts);
  if (!witnesses) return tl::unexpected<Error>(witnesses.error());
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto report =
      store->Post("/api/v1/audit/verify", WitnessesJson(*witnesses), [&](StoreUpkeep& files) {
        return AsJson(Audit(files, *witnesses), AuditReportJson);
      });
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report, AuditPage(*report, session.LookNow()));
  if (At(*report, "sound") == Json(true)) return 0;
  session.Note("the history is not what was written: docs/audit.md says how to go on");
  return kExitFindings;
}

}  // namespace

void AddAudit(CommandBuilder& root) {
  CommandBuilder audit = root.Command("audit", "The history of events as evidence");
  audit.About("docs/audit.md says what it proves, and has questions to it in SQL.");

  auto heads = std::make_shared<std::vector<std::string>>();
  CommandBuilder verify =
      audit.Command("verify", "Check that no event was edited, removed or moved");
  verify
      .Texts("--head", "SEQ:HASH", *heads,
             "Compare what somebody outside kept, too; may be repeated")
      .About(
          "Through the daemon where one runs, else on the files. Exit 1 where something does not\n"
          "fit.")
      .Examples({"jobgate audit verify", "jobgate audit verify --head 57:9f86d0…"});
  verify.Run([heads](Session& session) { return RunVerify(session, *heads); });
}

}  // namespace jobgate
