// The local user's token: a file beside the store that only its owner can read.
#pragma once
#include "src/base/file_system.h"
#include "src/base/random.h"

namespace jobgate {

// Reads `<store_dir>/token`, or makes it: 256 random bits as hex, 0600.
// Errors: kForbidden where others can read it; those of the file system.
Result<std::string> LocalToken(FileSystem& files, Random& random, const std::string& store_dir);

// "os:" and the name of the process's user.
std::string LocalActor();

}  // namespace jobgate
