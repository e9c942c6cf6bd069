#include "src/config/repo_name.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/base/url.h"

namespace jobgate {
namespace {

constexpr size_t kPartMax = 100;

bool IsPart(std::string_view text, bool dots) {
  return !text.empty() && text.size() <= kPartMax && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || (dots && c == '.');
         });
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string RepoName::HostPort() const {
  return port ? host + ":" + std::to_string(*port) : host;
}

std::string RepoName::Text() const {
  return host == kGitHubHost && !port ? Path() : HostPort() + "/" + Path();
}

Result<RepoName> ParseRepoName(std::string_view text) {
  constexpr auto kForm = "must be owner/name, or host[:port]/owner/name of another server";
  std::vector<std::string_view> parts = Split(text);
  RepoName repo;
  if (parts.size() == 3) {
    const auto host = ParseHostPort(parts[0]);
    if (!host || host->host.find(':') != std::string::npos) return FailField("", kForm);
    repo.host = host->host;
    if (host->port != 443) repo.port = host->port;
    parts.erase(parts.begin());
  }
  if (parts.size() != 2 || !IsPart(parts[0], false) || !IsPart(parts[1], true))
    return FailField("", kForm);
  if (parts[1].ends_with(".git"))
    return FailField("", std::string(kForm) + ", without .git at its end");
  repo.owner = parts[0];
  repo.name = parts[1];
  return repo;
}

// https://docs.github.com/en/enterprise-server/rest, https://docs.github.com/en/enterprise-cloud
std::string DefaultApiUrl(const RepoName& repo) {
  if (repo.host == kGitHubHost && !repo.port) return "https://api.github.com";
  if (repo.host.ends_with(".ghe.com") && !repo.port) return "https://api." + repo.host;
  return "https://" + repo.HostPort() + "/api/v3";
}

Result<void> CheckApiUrl(std::string_view text) {
  const auto url = ParseUrl(text);
  if (!url || url->target.find('?') != std::string::npos)
    return FailField("", "must be a URL such as https://github.example.com/api/v3");
  if (url->scheme == "http" && !url->IsLoopback())
    return FailField("",
                     "must begin with https://: the token would travel in the clear "
                     "(http:// is for 127.0.0.1, ::1 and localhost alone)");
  return {};
}

}  // namespace jobgate
