// SQLite's result codes as Errors (https://www.sqlite.org/rescode.html).
#pragma once
#include <string>

#include <SQLiteCpp/Exception.h>

#include "src/base/error.h"

namespace jobgate {

// What the environment does is kStoreFault with what to do about it; a second active job with a
// dedupe key, or a second use of an idempotency key, is kConflict; anything else is a bug of
// ours, kInternal.
Error ErrorOf(const SQLite::Exception& exception, const std::string& path);

// Thrown where a row holds what no version of jobgate writes.
SQLite::Exception Damaged(const std::string& what);

}  // namespace jobgate
