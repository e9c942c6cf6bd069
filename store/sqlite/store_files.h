// The database's files on disk: private to this user whatever the umask is.
#pragma once
#include <string>

#include "src/base/error.h"

namespace jobgate {

// Makes missing folders (0700) and an empty database file (0600), both durable; makes an existing
// database private. Never opens an existing one: closing any descriptor of it would drop the
// locks SQLite holds in this process (https://www.sqlite.org/howtocorrupt.html, section 2.2).
// Errors: kStoreFault naming the path and the reason.
Result<void> PrepareStoreFiles(const std::string& path);

// Makes an existing file that is shorter as long as that, with zeros that are on the disk: a sync
// of what overwrites them has nothing but content to write. Where the disk has no room for them the
// file stays as it is. Errors: kStoreFault.
Result<void> ReserveFile(const std::string& path, int64_t bytes);

// The missing folders alone.
Result<void> MakeFolderOf(const std::string& path);

}  // namespace jobgate
