// Everything that an attempt needs but its process: program, folder, pipes, environment. Made while
// its start is on the way to the disk; a start that does not follow leaves no trace of it.
#pragma once
#include <utility>

#include "src/supervisor/child_process.h"
#include "src/supervisor/log_pipe.h"
#include "src/supervisor/run_dir.h"
#include "src/supervisor/spare_run_dirs.h"
#include "src/worker/spawner.h"

namespace jobgate {

class PreparedAttempt {
 public:
  // Errors: the message says why nothing can be started.
  static Result<PreparedAttempt> Make(SpawnRequest request, SpareRunDirs& spares);

  PreparedAttempt(PreparedAttempt&&) = default;
  PreparedAttempt& operator=(PreparedAttempt&&) = delete;
  PreparedAttempt(const PreparedAttempt&) = delete;
  PreparedAttempt& operator=(const PreparedAttempt&) = delete;
  // Discards the folder where nothing was started in it.
  ~PreparedAttempt();

  // Starts the process. Errors as Make; kConflict where this attempt was started before.
  Result<ChildProcess> Start(const ChildStarter& starter);

  // After a Start that did not fail.
  const SpawnRequest& request() const { return request_; }
  RunDir TakeDir() { return std::move(dir_); }
  LogPipe TakeOut() { return std::move(out_); }
  LogPipe TakeErr() { return std::move(err_); }

 private:
  PreparedAttempt(SpawnRequest request, RunDir dir, LogPipe out, LogPipe err, ReadyChild child);

  SpawnRequest request_;
  RunDir dir_;
  LogPipe out_;
  LogPipe err_;
  ReadyChild child_;
  bool began_ = false;
};

}  // namespace jobgate
