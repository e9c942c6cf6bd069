// A file that is built under another name and gets its own only once it is complete and on the
// disk. Any thread.
#pragma once
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

class UnfinishedFile {
 public:
  // Makes an empty file (0600) beside `path`, in a folder that is there. Errors: kConflict where
  // `path` is there already and may not be replaced; kInvalidArgument where its folder is not,
  // or where a store beside it gives that name to a file of its own; kStoreFault.
  static Result<UnfinishedFile> Create(const std::string& path, bool may_replace);
  // Removes what was not finished.
  ~UnfinishedFile();
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;

  const std::string& path() const { return unfinished_; }

  // Syncs the file, gives it its name, syncs the folder. Errors: kConflict where the name was taken
  // meanwhile; kStoreFault.
  Result<void> Finish();

 private:
  UnfinishedFile(std::string path, std::string unfinished, bool may_replace);

  std::string path_;
  std::string unfinished_;  // "" once it is finished
  bool may_replace_;
};

// Removes what commands that were killed left beside the store `path`: they can do so no more, and
// the caller holds its lock.
void RemoveUnfinished(const std::string& path);

// "20261126T013000.123Z": in a name, in the order of time.
std::string StampOfNow();

// A private file without a name in `folder`, gone once it is closed. Errors: kStoreFault.
Result<UniqueFd> NamelessFileIn(const std::string& folder);
// All of `bytes`; `path` is for the error. Errors: kStoreFault.
Result<void> WriteAll(const UniqueFd& file, std::string_view bytes, const std::string& path);

// Brings what was written to the disk, and waits for it; what a crash would leave of the file is
// another matter. For a file that grows while others sync theirs on its disk.
Result<void> WriteOut(const std::string& path);
// Piece by piece: a large file that is synced at once keeps every other sync on its disk waiting.
Result<void> SyncFile(const std::string& path);
Result<void> SyncFolderOf(const std::string& path);

// Errors: kStoreFault.
Result<int64_t> SizeOf(const std::string& path);
// Gives what `path` names a second name. Errors: kStoreFault.
Result<void> LinkAs(const std::string& path, const std::string& second);
Result<void> RemoveIfThere(const std::string& path);
// `to` is there and empty.
Result<void> CopyFile(const std::string& from, const std::string& to);
// SHA-256 of its content, hex.
Result<std::string> Sha256OfFile(const std::string& path);

}  // namespace jobgate
