#include "src/git/origin_url.h"

#include <string_view>
#include <vector>

namespace jobgate::git {
namespace {

using ConfigPtr = Owned<git_config>;
using EntriesPtr = Owned<git_config_iterator>;

struct Rewrite {
  std::string base;        // what is put
  std::string instead_of;  // in place of this beginning
};

struct Origin {
  std::string url;  // "" where there is no such remote
  std::vector<Rewrite> rewrites;
};

// git_remote_lookup(3) finds both by regular expressions, and libgit2 1.5 does not free what it
// allocates for each entry that does not match.
Origin ReadOrigin(git_repository* repository) {
  constexpr std::string_view kUrl = "url.", kInsteadOf = ".insteadof";
  Origin origin;
  git_config* config = nullptr;
  if (Git().repository_config_snapshot(&config, repository) != 0) return origin;
  const ConfigPtr owned(config, Git().config_free);
  git_config_iterator* entries = nullptr;
  if (Git().config_iterator_new(&entries, config) != 0) return origin;
  const EntriesPtr owned_entries(entries, Git().config_iterator_free);
  git_config_entry* entry = nullptr;
  while (Git().config_next(&entry, entries) == 0) {
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
std::string Rewritten(const Origin& origin) {
  const Rewrite* longest = nullptr;
  for (const Rewrite& rewrite : origin.rewrites)
    if (origin.url.starts_with(rewrite.instead_of) &&
        (!longest || rewrite.instead_of.size() > longest->instead_of.size()))
      longest = &rewrite;
  if (!longest) return origin.url;
  return longest->base + origin.url.substr(longest->instead_of.size());
}

}  // namespace

std::string OriginUrl(git_repository* repository) {
  const Origin origin = ReadOrigin(repository);
  return origin.url.empty() ? "" : Rewritten(origin);
}

}  // namespace jobgate::git
