// serve and version: what runs without asking a daemon.
#include "src/api/version.h"
#include "src/cli/commands/commands.h"

namespace jobgate {
namespace {

Result<int> RunServe(Session& session) {
  const auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return tl::unexpected<Error>(path.error());
  return session.world().serve({*path});
}

}  // namespace

void AddServe(CommandBuilder& root) {
  CommandBuilder command = root.Command("serve", "Run the daemon in the foreground");
  command
      .About(
          "SIGTERM stops the daemon and leaves the jobs running; the next `jobgate serve` takes\n"
          "them over. Edits of the settings take effect at once; a new store or address\n"
          "with the next start.\n"
          "\n"
          "Exit 0 after SIGTERM, 1 where it cannot start, 2 where the settings are not valid.")
      .Examples({"jobgate serve", "jobgate serve --config /etc/jobgate/jobs.json"});
  command.Run(RunServe);
}

void AddVersion(CommandBuilder& root) {
  CommandBuilder command = root.Command("version", "Print the version");
  command.Examples({"jobgate version --json"});
  command.Run([](Session& session) -> Result<int> {
    if (session.json())
      session.OutJson({{"version", kVersion}});
    else
      session.Out("jobgate " + std::string(kVersion) + "\n");
    return 0;
  });
}

}  // namespace jobgate
