// Where a repository comes from.
#pragma once
#include <string>

#include "src/git/handles.h"

namespace jobgate::git {

// The URL of the remote `origin`, as git would use it; "" where there is none. It may hold a
// password.
std::string OriginUrl(git_repository* repository);

}  // namespace jobgate::git
