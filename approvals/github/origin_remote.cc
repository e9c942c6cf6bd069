#include "approvals/github/origin_remote.h"

#include "src/git/handles.h"
#include "src/git/origin_url.h"

namespace jobgate::github {
namespace {

constexpr const char* kSetRepo = "; set approval.repo to owner/name";

// A folder that could not be opened, with that outcome.
Error NotOpened(int code, const std::string& folder) {
  if (git::IsDistrusted(code))
    return {Code::kForbidden,
            folder + " belongs to another user, so that git does not trust it" + kSetRepo};
  return {Code::kNotFound, folder + " is no git checkout" + kSetRepo};
}

// github.com over the port of https, for networks that let no ssh through.
std::string WithoutAlias(const std::string& host) {
  return host == "ssh.github.com" || host == "www.github.com" ? kGitHubHost : host;
}

struct RemoteParts {
  std::string_view authority;
  std::string_view path;
  bool port_is_https = false;
};

// Git takes host:path for ssh where no slash comes before the colon (git-clone(1), GIT URLS).
RemoteParts PartsOf(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string_view scheme = url.substr(0, scheme_end);
    if (scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git+ssh") return {};
    const std::string_view rest = url.substr(scheme_end + 3);
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return {};
    return {rest.substr(0, slash), rest.substr(slash + 1), scheme == "https"};
  }
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.find('/') < colon) return {};
  return {url.substr(0, colon), url.substr(colon + 1)};
}

std::string_view Trimmed(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  return path;
}

}  // namespace

Result<RepoName> RepoOfRemoteUrl(std::string_view url) {
  RemoteParts parts = PartsOf(url);
  if (const size_t at = parts.authority.rfind('@'); at != std::string_view::npos)
    parts.authority.remove_prefix(at + 1);
  // The URL itself may hold a password.
  const auto refused =
      Fail(Code::kInvalidArgument,
           std::string("the remote origin is no repository on a GitHub server") + kSetRepo);
  if (parts.authority.empty()) return refused;
  auto repo = ParseRepoName(std::string(parts.authority) + "/" + std::string(Trimmed(parts.path)));
  if (!repo) return refused;
  if (!parts.port_is_https) repo->port.reset();
  repo->host = WithoutAlias(repo->host);
  return repo;
}

Result<RepoName> OriginRepo(const std::string& folder) {
  JOBGATE_TRY(git::LoadLibgit2());
  git_repository* opened = nullptr;
  const int open_code = git::Git().repository_open_ext(&opened, folder.c_str(), 0, nullptr);
  const git::RepositoryPtr repository(opened, git::Git().repository_free);
  if (open_code != 0) return Fail(NotOpened(open_code, folder));
  const std::string url = git::OriginUrl(repository.get());
  if (url.empty())
    return Fail(Code::kNotFound, "the checkout at " + folder + " has no remote origin" + kSetRepo);
  return RepoOfRemoteUrl(url);
}

}  // namespace jobgate::github
