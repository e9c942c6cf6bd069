// The lock file that keeps a second daemon off a store: `<store path>.lock`, held with flock(2)
// for as long as the process lives, with a JSON object inside that says who holds it. Only the
// lock counts; what a dead holder left in the file does not.
#pragma once
#include <optional>
#include <string>

#include "src/base/error.h"
#include "src/base/time.h"
#include "src/base/unique_fd.h"

namespace jobgate {

struct StoreHolder {
  int pid = 0;
  Time started_at;
  std::string listen;   // "127.0.0.1:8787"; "" for an offline command
  std::string version;  // of jobgate
};

// What the text of a lock file says; nothing where that is no holder. Whether it still holds the
// lock is another question.
std::optional<StoreHolder> StoreHolderFrom(const std::string& text);

class StoreLock {
 public:
  // Makes a missing folder of `store_path`, private to this user. Errors: kConflict where the lock
  // is held, naming pid, start and address of the holder; kStoreFault where the file cannot be
  // used.
  static Result<StoreLock> Acquire(const std::string& store_path, const StoreHolder& holder);

  StoreLock(StoreLock&&) = default;
  StoreLock& operator=(StoreLock&&) = default;

  // Writes who holds it anew, for instance once the port is known.
  Result<void> Describe(const StoreHolder& holder);

 private:
  StoreLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;  // closing it ends the lock
  std::string path_;
};

}  // namespace jobgate
