// serve and version: what runs without asking a daemon.
#include "src/api/version.h"
#include "src/cli/commands/commands.h"
#include "src/config/load.h"
#include "src/config/secrets.h"

namespace jobgate {
namespace {

constexpr int kExitCannotStart = 1;
constexpr int kExitInvalidSettings = 2;

Result<void> CheckSettings(const CliWorld& world, const std::string& path) {
  const auto config = LoadConfig(path, world.files);
  if (!config) return Fail(config.error());
  const auto secrets = LoadSecrets(**config, world.env, world.files);
  if (!secrets) return Fail(secrets.error());
  return {};
}

// A service manager tells by the exit code whether it is of use to start again: the codes of API
// errors do not say that. Settings are read here first, since the daemon's own code for a port that
// is taken or a token file that is open to others may be that of any of them.
Result<int> RunServe(Session& session) {
  const auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return tl::unexpected<Error>(path.error());
  if (const auto valid = CheckSettings(session.world(), *path); !valid) {
    session.Err("jobgate: " + valid.error().message + "\n");  // a line for each problem
    return kExitInvalidSettings;
  }
  return session.world().serve({*path}) == 0 ? 0 : kExitCannotStart;
}

}  // namespace

void AddServe(CommandBuilder& root) {
  CommandBuilder command = root.Command("serve", "Run the daemon in the foreground");
  command
      .About(
          "SIGTERM stops the daemon and leaves the jobs running; the next `jobgate serve` takes\n"
          "them over. Edits of the settings take effect with the next start.\n"
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
