// Reads the store's files at the start, and sets right what a crash may have left.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_paths.h"
#include "store/jsonl/reading.h"
#include "store/jsonl/view.h"

namespace jobgate::jsonl {

struct Recovered {
  View view;                      // its last run's file is the log that is written
  int64_t segment = 1;            // of that log
  int64_t format = 0;             // of that log
  std::vector<SealedLog> sealed;  // not yet folded, oldest first
  int64_t snapshot_bytes = 0;
  std::vector<std::string> warnings;
};

// Makes the first log where there is none. A last turn that was not written whole is cut off, with
// a warning; the turn before it is written and synced once more, since its sync may have failed in
// a process that is no more. Where anything before it is damaged nothing at all is changed.
//
// Errors: kStoreFault for what the environment does, and for damage, with file, line and byte and
// the command that is the way out; kConflict for a file of another program or of a newer format.
Result<Recovered> Recover(LogFiles& files, const LogPaths& paths);

// What is said of damage: the place, and what to do.
Error RefusalOf(const Damage& damage);

// A log without turns under its name LogPaths::Next, on the disk. Gives its size in `bytes`.
Result<std::shared_ptr<LogFile>> MakeNext(LogFiles& files, const LogPaths& paths, int64_t segment,
                                          int64_t after, int64_t& bytes);
// A log without turns that takes the place of the one that is written, whole or not at all.
Result<std::shared_ptr<LogFile>> StartLog(LogFiles& files, const LogPaths& paths, int64_t segment,
                                          int64_t after, int64_t& bytes);

}  // namespace jobgate::jsonl
