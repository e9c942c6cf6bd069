// The git repositories of this machine, as far as a commit is looked up and read: never a remote,
// never written to. Injected, so that no test of the engine needs a repository.
#pragma once
#include <cstddef>
#include <string>

#include "src/base/error.h"

namespace jobgate {

struct GitFile {
  std::string bytes;  // as committed: no filter, no line ending is applied
  bool is_executable = false;
};

// `folder` is the top of a work tree, or a bare repository; nothing above it is looked at. A commit
// is its 40 hex digits.
class GitRepositories {
 public:
  virtual ~GitRepositories() = default;

  // The commit that `ref` names now (gitrevisions(7)). Errors: kNotFound where there is no such
  // repository or ref, kForbidden where git does not trust the folder's owner; each says what to
  // do.
  virtual Result<std::string> Resolve(const std::string& folder, const std::string& ref) = 0;
  // False also where the repository cannot be opened.
  virtual bool HasCommit(const std::string& folder, const std::string& commit) = 0;
  // The URL of the remote `origin`, as git would use it; "" where there is none.
  virtual std::string OriginUrl(const std::string& folder) = 0;
  // Whether that commit has a regular file at `path`. False also where that cannot be told.
  virtual bool HasFile(const std::string& folder, const std::string& commit,
                       const std::string& path) = 0;
  // A regular file of that commit. Errors: those of Resolve; kNotFound where the commit has nothing
  // at `path`; kInvalidArgument for a folder, a link or a submodule; kTooLarge over `bytes_max`.
  virtual Result<GitFile> ReadFile(const std::string& folder, const std::string& commit,
                                   const std::string& path, size_t bytes_max) = 0;
};

}  // namespace jobgate
