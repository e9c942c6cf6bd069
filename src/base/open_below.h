// Opening what surely lies below a folder, whatever links stand in the way.
#pragma once
#include <cstdint>
#include <string>

#include "src/base/unique_fd.h"

namespace jobgate {

// Opens `path` (relative) below the open folder, as open(2) with `flags` and O_CLOEXEC. A symbolic
// link is followed at no component: ELOOP. One that leaves the folder: EXDEV. openat2(2),
// RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS. Without a descriptor errno says why.
UniqueFd OpenBelow(int folder, const std::string& path, uint64_t flags);

// Whether what `path` leads to, over links too, lies in the folder or is nowhere at all.
bool StaysBelow(int folder, const std::string& path);

}  // namespace jobgate
