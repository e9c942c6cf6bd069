// Everything of one View in one file, so that the logs before it are not needed any more.
#pragma once
#include <cstdint>
#include <memory>
#include <stop_token>

#include "store/jsonl/log_files.h"
#include "store/jsonl/log_paths.h"
#include "store/jsonl/view.h"

namespace jobgate::jsonl {

struct Snapshot {
  int64_t segment = 0;  // the last log that it holds
  int64_t bytes = 0;
  EventRun events;  // in its file
};

// Writes `view` into `file`, which is empty, in parts that are synced one by one, so that no turn's
// sync waits long behind it. Runs on any thread. Errors: kStoreFault; kUnavailable where `stop`
// asked for its end.
Result<Snapshot> WriteCopy(std::shared_ptr<LogFile> file, const View& view, int64_t segment,
                           const std::stop_token& stop);

// Writes `view`, the state at the end of log `segment`, as WriteCopy does, and then takes the
// place of the old snapshot. After an error the old snapshot and its logs still say everything.
Result<Snapshot> WriteSnapshot(LogFiles& files, const LogPaths& paths, const View& view,
                               int64_t segment, const std::stop_token& stop);

}  // namespace jobgate::jsonl
