#include <filesystem>

#include "src/base/embedded.h"
#include "src/cli/commands/commands.h"
#include "src/cli/text.h"
#include "src/config/load.h"

namespace jobgate {

extern const EmbeddedFile kStarter[];

namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0644;

Result<std::string> Target(const CliWorld& world, const std::string& config_flag) {
  auto here = world.files.CurrentDirectory();
  if (!here) return here;
  const std::string named = config_flag.empty() ? "config/jobs.json" : config_flag;
  return (std::filesystem::path(*here) / named).lexically_normal().string();
}

// The schema of this version is written anew: editors check the settings by it.
Result<void> WriteSchema(FileSystem& files, const std::string& folder) {
  return files.WriteFileAtomically(folder + "/jobs.schema.json", ConfigSchemaText(), kFileMode);
}

Result<int> RunInit(Session& session) {
  FileSystem& files = session.world().files;
  const auto path = Target(session.world(), session.flags().config);
  if (!path) return tl::unexpected<Error>(path.error());
  if (files.Exists(*path))
    return Fail(Code::kConflict, *path +
                                     " is there already and stays as it is: edit it, or move "
                                     "it away first");
  const std::string folder = std::filesystem::path(*path).parent_path().string();
  JOBGATE_TRY(files.MakeDirectories(folder, kFolderMode));
  JOBGATE_TRY(WriteSchema(files, folder));
  JOBGATE_TRY(files.WriteFileAtomically(*path, kStarter[0].content, kFileMode));
  if (session.json()) {
    session.OutJson({{"path", *path}, {"schema", folder + "/jobs.schema.json"}});
    return 0;
  }
  session.Out(OneLine("wrote " + *path) + "\nnow: jobgate serve, and in another terminal: " +
              "jobgate run hello -p name=Ada\n");
  return 0;
}

}  // namespace

void AddInit(CommandBuilder& root) {
  CommandBuilder command =
      root.Command("init", "Write a config/jobs.json to start from, and its schema beside it");
  command.About("With --config FILE it writes that file. It never overwrites settings.")
      .Examples({"jobgate init", "jobgate init --config /etc/jobgate/jobs.json"});
  command.Run(RunInit);
}

}  // namespace jobgate
