// The files that a step executes, as far as they can be known: their content is part of what is
// approved.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/file_system.h"
#include "src/base/git_repositories.h"

namespace jobgate {

inline constexpr size_t kExecutedFileBytesMax = 64u << 20;

// The state (src/job/file_state.h) of a file by its path from a step's folder; nothing for a folder
// and whatever else is no file. Errors: kInvalidArgument for a file that cannot be read or is
// larger than kExecutedFileBytesMax, naming it.
using FileStates = std::function<Result<std::optional<std::string>>(const std::string& path)>;

// As they lie below `cwd` now. `files` must outlive the result.
FileStates StatesBelow(FileSystem& files, std::string cwd);
// As they lie in `commit`, from `place` (a path from the top of the repository; "." = the top).
// What a link in a commit leads to is known by the commit alone, so that a link is no file here.
// `repositories` must outlive the result.
FileStates StatesInCommit(GitRepositories& repositories, std::string repository, std::string commit,
                          const std::string& place);

// Only whether they are in the commit, for a step that nobody approves.
FileStates PresenceInCommit(GitRepositories& repositories, std::string repository,
                            std::string commit, const std::string& place);

struct Execution {
  std::vector<std::string> argv;
  std::string cwd;
  std::vector<std::string> listed;  // paths from cwd
};

// The path of `argument` from `cwd`, where it names something below it.
std::optional<std::string> PathInside(const std::string& argument, const std::string& cwd);

// State by path: of the program, of every listed file, and of every argument that names a file
// inside `cwd`; kFileMissing for a program or a listed file that is not there, or is no file. What
// lies elsewhere belongs to the system, not to the job. Errors: those of `states`.
Result<std::map<std::string, std::string>> HashExecutedFiles(const FileStates& states,
                                                             const Execution& execution);

// `argv` with the sealed copy below `folder` in place of each element that names one of `files`.
std::vector<std::string> SealedArgv(const Execution& execution,
                                    const std::map<std::string, std::string>& files,
                                    const std::string& folder);

}  // namespace jobgate
