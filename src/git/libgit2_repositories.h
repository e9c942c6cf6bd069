// GitRepositories through libgit2. Its owner check stays on. Any one thread at a time.
#pragma once
#include "src/base/git_repositories.h"
#include "src/git/handles.h"

namespace jobgate::git {

class Libgit2Repositories final : public GitRepositories {
 public:
  Result<std::string> Resolve(const std::string& folder, const std::string& ref) override;
  bool HasCommit(const std::string& folder, const std::string& commit) override;
  std::string OriginUrl(const std::string& folder) override;
  bool HasFile(const std::string& folder, const std::string& commit,
               const std::string& path) override;
  Result<GitFile> ReadFile(const std::string& folder, const std::string& commit,
                           const std::string& path, size_t bytes_max) override;
};

}  // namespace jobgate::git
