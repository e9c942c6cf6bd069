// Git repositories in memory.
#pragma once
#include <map>
#include <string>

#include "src/base/git_repositories.h"

namespace jobgate {

class FakeRepositories final : public GitRepositories {
 public:
  using Commit = std::map<std::string, GitFile>;  // path → file
  struct Repository {
    std::map<std::string, std::string> refs;  // name → commit
    std::map<std::string, Commit> commits;
    std::string origin = {};
  };

  std::map<std::string, Repository> repositories;  // by folder

  Result<std::string> Resolve(const std::string& folder, const std::string& ref) override {
    const auto found = repositories.find(folder);
    if (found == repositories.end()) return Fail(Code::kNotFound, folder + " is no git repository");
    const auto named = found->second.refs.find(ref);
    if (named == found->second.refs.end()) return Fail(Code::kNotFound, "no ref " + ref);
    return named->second;
  }
  bool HasCommit(const std::string& folder, const std::string& commit) override {
    const auto found = repositories.find(folder);
    return found != repositories.end() && found->second.commits.contains(commit);
  }
  std::string OriginUrl(const std::string& folder) override {
    const auto found = repositories.find(folder);
    return found == repositories.end() ? "" : found->second.origin;
  }
  bool HasFile(const std::string& folder, const std::string& commit,
               const std::string& path) override {
    return HasCommit(folder, commit) && repositories[folder].commits[commit].contains(path);
  }
  Result<GitFile> ReadFile(const std::string& folder, const std::string& commit,
                           const std::string& path, size_t bytes_max) override {
    if (!HasCommit(folder, commit)) return Fail(Code::kNotFound, "no commit " + commit);
    const Commit& files = repositories[folder].commits[commit];
    const auto file = files.find(path);
    if (file == files.end()) return Fail(Code::kNotFound, "no file " + path);
    if (file->second.bytes.size() > bytes_max) return Fail(Code::kTooLarge, path + " is too large");
    return file->second;
  }
};

}  // namespace jobgate
