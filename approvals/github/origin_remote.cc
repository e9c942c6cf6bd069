#include "approvals/github/origin_remote.h"

#include <vector>

#include "src/git/handles.h"

namespace jobgate::github {
namespace {

using ConfigPtr = git::Owned<git_config>;
using EntriesPtr = git::Owned<git_config_iterator>;

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

struct Rewrite {
  std::string base;        // what is put
  std::string instead_of;  // in place of this beginning
};

struct OriginUrl {
  std::string url;  // "" where there is no such remote
  std::vector<Rewrite> rewrites;
};

// git_remote_lookup(3) finds both by regular expressions, and libgit2 1.5 does not free what it
// allocates for each entry that does not match.
OriginUrl ReadOrigin(git_repository* repository) {
  constexpr std::string_view kUrl = "url.", kInsteadOf = ".insteadof";
  OriginUrl origin;
  git_config* config = nullptr;
  if (::git_repository_config_snapshot(&config, repository) != 0) return origin;
  const ConfigPtr owned(config, ::git_config_free);
  git_config_iterator* entries = nullptr;
  if (::git_config_iterator_new(&entries, config) != 0) return origin;
  const EntriesPtr owned_entries(entries, ::git_config_iterator_free);
  git_config_entry* entry = nullptr;
  while (::git_config_next(&entry, entries) == 0) {
    const std::string_view name = entry->name;
    if (!entry->value) continue;  // a name alone: "true"
    if (name == "remote.origin.url" && origin.url.empty())
      origin.url = entry->value;
    else if (name.starts_with(kUrl) && name.ends_with(kInsteadOf) &&
             name.size() > kUrl.size() + kInsteadOf.size())
      origin.rewrites.push_back(
          {std::string(name.substr(kUrl.size(), name.size() - kUrl.size() - kInsteadOf.size())),
           entry->value});
  }
  return origin;
}

// The longest beginning counts (git-config(1), url.<base>.insteadOf).
std::string Rewritten(const OriginUrl& origin) {
  const Rewrite* longest = nullptr;
  for (const Rewrite& rewrite : origin.rewrites)
    if (origin.url.starts_with(rewrite.instead_of) &&
        (!longest || rewrite.instead_of.size() > longest->instead_of.size()))
      longest = &rewrite;
  if (!longest) return origin.url;
  return longest->base + origin.url.substr(longest->instead_of.size());
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
  const git::Library library;
  git_repository* opened = nullptr;
  const int open_code = ::git_repository_open_ext(&opened, folder.c_str(), 0, nullptr);
  const git::RepositoryPtr repository(opened, ::git_repository_free);
  if (open_code != 0) return Fail(NotOpened(open_code, folder));
  const OriginUrl origin = ReadOrigin(repository.get());
  if (origin.url.empty())
    return Fail(Code::kNotFound, "the checkout at " + folder + " has no remote origin" + kSetRepo);
  return RepoOfRemoteUrl(Rewritten(origin));
}

}  // namespace jobgate::github
