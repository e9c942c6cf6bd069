// The repository that a checkout came from.
#pragma once
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/config/repo_name.h"

namespace jobgate::github {

// The repository behind the remote `origin` of the checkout that holds `folder`. Any thread.
// Errors: kNotFound where there is no checkout, or no such remote; kForbidden where git's owner
// check refuses the folder; kInvalidArgument where the remote is on no server. Each says what to
// do, and holds no user information of the URL.
Result<RepoName> OriginRepo(const std::string& folder);

// Of https://, ssh:// and user@host:owner/name. The port of an ssh URL is dropped: it is not the
// API's. Errors: kInvalidArgument.
Result<RepoName> RepoOfRemoteUrl(std::string_view url);

}  // namespace jobgate::github
