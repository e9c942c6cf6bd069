// What the store's files say. Reads every byte of them and changes nothing.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_line.h"
#include "store/jsonl/log_paths.h"
#include "store/jsonl/view.h"

namespace jobgate::jsonl {

struct SealedLog {
  int64_t segment = 0;
  int64_t bytes = 0;
};

enum class FileRole {
  kSnapshot,
  kSealed,
  kActive,
  kBackup  // a snapshot that nothing goes on behind
};

// One of the store's files, open.
struct OpenedFile {
  std::string path;
  FileRole role = FileRole::kActive;
  int64_t segment = 0;  // of a sealed log, as its name says
  std::shared_ptr<LogFile> file;
  int64_t bytes = 0;  // that count
};

// What is wrong at one place, or of a file as a whole.
struct Damage {
  Error error;            // kStoreFault with file, line and byte; kConflict for a foreign file
  int64_t turn_kept = 0;  // the last turn before it; 0 where none can be kept
  bool is_newer = false;  // nothing is wrong with it: a later version wrote it
};

// Bytes of the log's end.
struct Tail {
  int64_t offset = 0;
  std::string bytes;
};

struct Reading {
  View view;            // its last run's file is the log that is written
  int64_t segment = 1;  // of that log
  int64_t format = 0;   // of that log
  int64_t bytes = 0;    // in it, up to the end of its last whole turn
  int64_t snapshot_segment = 0;
  int64_t snapshot_bytes = 0;
  std::vector<SealedLog> sealed;  // not yet folded, oldest first
  Tail last;                      // turn of the log
  Tail torn;                      // behind it: a turn that was not written whole
  int64_t torn_line = 0;          // its number

  // "" where the log ends with a whole turn.
  std::string TornEnd(const LogPaths& paths) const;

  std::vector<Damage> damages;  // in the order of the files
  int64_t bytes_good = 0;       // in all files, of what is in `view`
  int64_t bytes_all = 0;
  int64_t lines = 0;
  int64_t last_turn = 0;  // the highest that was met or must have been there
};

struct ReadingLimits {
  bool past_damage = false;      // to find all of it; `view` is then of no use
  int64_t turn_max = INT64_MAX;  // reads none behind it
  std::stop_token stop = {};     // asks for an early end, with kUnavailable
};

// Numbers of the sealed logs among the paths `found`, in order.
std::vector<int64_t> SealedSegments(const LogPaths& paths, const std::vector<std::string>& found);

// Those of `found` (paths in the folder) that are of this store, in the order of their turns; one
// that is missing between them is found by ReadFiles. A rotation that a crash left half done counts
// as done. Errors: those of opening.
Result<std::vector<OpenedFile>> OpenFiles(LogFiles& files, const LogPaths& paths,
                                          const std::vector<std::string>& found,
                                          LogFiles::Mode mode);
// Those of an open store as `view` has them.
Result<std::vector<OpenedFile>> FilesOf(const LogPaths& paths, const View& view);
// A file that is all of a store by itself, as a backup is.
Result<std::vector<OpenedFile>> BackupFile(LogFiles& files, const std::string& path);
// Refuses one of a later format, kConflict.
Result<void> CheckNotNewer(const OpenedFile& file);
// Its first line where that is one of a snapshot.
std::optional<FileHeader> SnapshotHeader(const OpenedFile& file);

inline constexpr size_t kDamagesMax = 10;

// Errors: kStoreFault for what the environment does. Damage is no error, but an entry of `damages`,
// of which the first kDamagesMax are told.
Result<Reading> ReadFiles(const LogPaths& paths, const std::vector<OpenedFile>& files,
                          const ReadingLimits& limits = {});

}  // namespace jobgate::jsonl
