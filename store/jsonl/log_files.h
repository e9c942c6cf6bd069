// The files of the JSONL store, as a seam: a test makes a write, a sync or a rename fail here, or
// drops what was not synced.
//
// Errors of every call: kStoreFault with the path, what the system said and what to do.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"

namespace jobgate::jsonl {

// An open file. Reads may come from any thread, writes from one; it stays readable while anybody
// holds it, whatever becomes of its name.
class LogFile {
 public:
  virtual ~LogFile() = default;

  // Exactly `size` bytes into `out`.
  virtual Result<void> Read(int64_t offset, size_t size, std::string& out) = 0;
  virtual Result<int64_t> Size() = 0;
  virtual Result<void> Write(int64_t offset, std::string_view bytes) = 0;
  // fdatasync(2). After an error the bytes since the last sync may or may not be on the disk, and
  // only writing them again makes the next sync mean something.
  virtual Result<void> Sync() = 0;
  virtual Result<void> Truncate(int64_t size) = 0;
};

class LogFiles {
 public:
  enum class Mode {
    kReading,   // what is there
    kExisting,  // the same, to be written too
    kCreate     // private to this user, empty
  };
  virtual ~LogFiles() = default;

  virtual Result<std::shared_ptr<LogFile>> Open(const std::string& path, Mode mode) = 0;
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> Remove(const std::string& path) = 0;
  // Makes creations, renames and removals in the folder of `path` durable.
  virtual Result<void> SyncFolderOf(const std::string& path) = 0;
  // Paths in the folder of `path` that begin with it, sorted. Makes a missing folder.
  virtual Result<std::vector<std::string>> Beside(const std::string& path) = 0;
};

class PosixLogFiles final : public LogFiles {
 public:
  Result<std::shared_ptr<LogFile>> Open(const std::string& path, Mode mode) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> Remove(const std::string& path) override;
  Result<void> SyncFolderOf(const std::string& path) override;
  Result<std::vector<std::string>> Beside(const std::string& path) override;
};

}  // namespace jobgate::jsonl
