#include "src/cli/doctor.h"

#include "src/cli/commands/commands.h"
#include "src/cli/view/findings.h"

namespace jobgate {
namespace {

Result<int> RunDoctor(Session& session) {
  const std::vector<Finding> findings = Examine(session);
  if (session.json())
    session.OutJson(FindingsJson(findings));
  else
    session.Out(FindingsPage(findings, session.LookNow()));
  return AnyFailed(findings) ? 1 : 0;
}

}  // namespace

void AddDoctor(CommandBuilder& root) {
  CommandBuilder command =
      root.Command("doctor", "Examine settings, store, token, daemon and programs");
  command.About("Exit 1 where something fails; warnings do not count.")
      .Examples(
          {"jobgate doctor", "jobgate doctor --json | jq '.checks[] | select(.level != \"ok\")'"});
  command.Run(RunDoctor);
}

}  // namespace jobgate
