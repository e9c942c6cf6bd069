#include "approvals/executed_files.h"

#include <string_view>
#include <utility>

#include "src/base/digest.h"
#include "src/config/paths.h"
#include "src/job/file_state.h"

namespace jobgate {
namespace {

constexpr mode_t kExecutable = 0111;
constexpr std::string_view kFileIsThere = "there";  // in a digest there is more to say

using State = Result<std::optional<std::string>>;

// A bare name is looked up on the PATH, which has no folder of a job.
bool IsLookedUp(const std::string& program) {
  return program.find('/') == std::string::npos;
}

State Unreadable(const Error& error) {
  return Fail(Code::kInvalidArgument,
              "what a gated step runs is part of its approval: " + error.message);
}

// A link to a folder is as little a file as the folder.
bool LeadsToFile(FileSystem& files, const std::string& path) {
  const auto status = files.Stat(path);
  return status && !status->is_directory;
}

State StateBelow(FileSystem& files, const std::string& cwd, const std::string& path) {
  auto content = files.ReadBelow(cwd, path, kExecutedFileBytesMax);
  if (content)
    return FileState(Sha256Hex(content->bytes), (content->permissions & kExecutable) != 0);
  switch (content.error().code) {
    case Code::kNotFound:
      return std::string(kFileMissing);
    case Code::kConflict:
      return LeadsToFile(files, cwd + "/" + path) ? State(std::string(kFileIsLink)) : std::nullopt;
    case Code::kInvalidArgument:
      return std::nullopt;
    default:
      return Unreadable(content.error());
  }
}

State StateIn(const Result<GitFile>& file) {
  if (file) return FileState(Sha256Hex(file->bytes), file->is_executable);
  if (file.error().code == Code::kNotFound) return std::string(kFileMissing);
  if (file.error().code == Code::kInvalidArgument) return std::nullopt;
  return Unreadable(file.error());
}

std::string WayTo(const std::string& place) {
  return place == "." ? std::string() : place + "/";
}

// Of the elements of `argv`; nothing for one that names no file of the job.
std::optional<std::string> NamedBy(const Execution& execution, size_t i) {
  if (i == 0 && IsLookedUp(execution.argv[0])) return std::nullopt;
  return PathInside(execution.argv[i], execution.cwd);
}

}  // namespace

std::optional<std::string> PathInside(const std::string& argument, const std::string& cwd) {
  if (argument.empty()) return std::nullopt;
  auto inside = PathBelow(cwd, AbsolutePath(cwd, argument));
  if (inside == ".") return std::nullopt;
  return inside;
}

FileStates StatesBelow(FileSystem& files, std::string cwd) {
  return [&files, cwd = std::move(cwd)](const std::string& path) {
    return StateBelow(files, cwd, path);
  };
}

FileStates StatesInCommit(GitRepositories& repositories, std::string repository, std::string commit,
                          const std::string& place) {
  return [&repositories, repository = std::move(repository), commit = std::move(commit),
          way = WayTo(place)](const std::string& path) {
    return StateIn(repositories.ReadFile(repository, commit, way + path, kExecutedFileBytesMax));
  };
}

FileStates PresenceInCommit(GitRepositories& repositories, std::string repository,
                            std::string commit, const std::string& place) {
  return [&repositories, repository = std::move(repository), commit = std::move(commit),
          way = WayTo(place)](const std::string& path) -> State {
    if (!repositories.HasFile(repository, commit, way + path)) return std::string(kFileMissing);
    return std::string(kFileIsThere);
  };
}

Result<std::map<std::string, std::string>> HashExecutedFiles(const FileStates& states,
                                                             const Execution& execution) {
  std::map<std::string, std::string> hashes;
  const auto add = [&](const std::string& path, bool is_needed) -> Result<void> {
    auto state = states(path);
    if (!state) return Fail(std::move(state).error());
    std::string known = (*state).value_or(std::string(kFileMissing));
    if (is_needed || known != kFileMissing) hashes[path] = std::move(known);
    return {};
  };
  for (size_t i = 0; i < execution.argv.size(); ++i)
    if (const auto path = NamedBy(execution, i)) JOBGATE_TRY(add(*path, i == 0));
  for (const std::string& path : execution.listed) JOBGATE_TRY(add(path, true));
  return hashes;
}

std::vector<std::string> SealedArgv(const Execution& execution,
                                    const std::map<std::string, std::string>& files,
                                    const std::string& folder) {
  std::vector<std::string> argv = execution.argv;
  for (size_t i = 0; i < argv.size(); ++i)
    if (const auto path = NamedBy(execution, i); path && files.contains(*path))
      argv[i] = folder + "/" + *path;
  return argv;
}

}  // namespace jobgate
