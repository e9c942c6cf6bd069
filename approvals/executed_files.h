// The files that a step executes, as far as they can be known: their content is part of what is
// approved.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/file_system.h"

namespace jobgate {

inline constexpr size_t kExecutedFileBytesMax = 64u << 20;

// SHA-256 hex of the program and of every argument that names a file inside `cwd`, by its path from
// there; "" for a program that is missing. What lies elsewhere belongs to the system, not to the
// job. Errors: kInvalidArgument for a file that cannot be read or is larger than
// kExecutedFileBytesMax, naming it.
Result<std::map<std::string, std::string>> HashExecutedFiles(FileSystem& files,
                                                             const std::vector<std::string>& argv,
                                                             const std::string& cwd);

}  // namespace jobgate
