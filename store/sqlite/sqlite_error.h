// SQLite's result codes as Errors (https://www.sqlite.org/rescode.html).
#pragma once
#include <string>

#include <SQLiteCpp/Exception.h>

#include "src/base/error.h"

namespace jobgate {

// What the environment does is kStoreFault with what to do about it; a second active job with a
// dedupe key, or a second use of an idempotency key, is kConflict; anything else is a bug of
// ours, kInternal.
//
// `system_error` is what the system said of it (errno(3)), 0 where that is not known: SQLite tells
// of some full disks as of any I/O error.
Error ErrorOf(const SQLite::Exception& exception, const std::string& path, int system_error = 0);

// Thrown where a connection does not come to be, which would have known what the system said.
class CannotOpen final : public SQLite::Exception {
 public:
  CannotOpen(const SQLite::Exception& why, int system_error)
      : SQLite::Exception(why), system_error_(system_error) {}
  int system_error() const { return system_error_; }

 private:
  int system_error_;
};

// Thrown where a row holds what no version of jobgate writes.
SQLite::Exception Damaged(const std::string& what);

}  // namespace jobgate
