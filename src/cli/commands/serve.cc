// serve and version: what runs without asking a daemon.
#include "src/api/version.h"
#include "src/cli/commands/commands.h"

namespace jobgate {

void AddServe(CommandBuilder& root) {
  CommandBuilder command = root.Command("serve", "Run the daemon in the foreground");
  command
      .About(
          "SIGHUP reads the settings again. SIGTERM stops the daemon and leaves the jobs "
          "running;\nthe next `jobgate serve` takes them over.")
      .Examples({"jobgate serve", "jobgate serve --config /etc/jobgate/jobs.json"});
  command.Run([](Session& session) -> Result<int> {
    const auto config = FindConfig(session.world(), session.flags().config);
    if (!config) return tl::unexpected<Error>(config.error());
    return session.world().serve({*config});
  });
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
