// A repository on GitHub or a GitHub Enterprise server, as `approval.repo` writes it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate {

inline constexpr const char* kGitHubHost = "github.com";

struct RepoName {
  std::string host = kGitHubHost;  // lower case
  std::optional<int> port;         // of HTTPS, where it is not 443
  std::string owner;
  std::string name;

  std::string HostPort() const;  // "ghe.example.com:8443"
  std::string Path() const { return owner + "/" + name; }
  std::string Text() const;  // as ParseRepoName reads it; without the host where it is github.com
  bool operator==(const RepoName&) const = default;
};

// "owner/name" or "host[:port]/owner/name". Errors: kInvalidArgument saying what would be right.
Result<RepoName> ParseRepoName(std::string_view text);

// Where the REST API of `repo`'s host is: https://api.github.com, https://api.NAME.ghe.com, or
// https://HOST/api/v3 of an Enterprise server. Without a slash at its end.
std::string DefaultApiUrl(const RepoName& repo);

// Errors: kInvalidArgument where `text` cannot be `approval.apiUrl`: https, or http for loopback.
Result<void> CheckApiUrl(std::string_view text);

}  // namespace jobgate
