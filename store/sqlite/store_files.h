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

// The missing folders alone.
Result<void> MakeFolderOf(const std::string& path);

}  // namespace jobgate
