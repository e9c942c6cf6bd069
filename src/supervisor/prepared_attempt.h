// An attempt up to its program's first instruction: folder, pipes, and a process that waits for the
// word to become that program. Made while its start is on the way to the disk; a start that does
// not follow leaves no trace of it.
#pragma once
#include <optional>
#include <utility>

#include "src/supervisor/child_process.h"
#include "src/supervisor/log_pipe.h"
#include "src/supervisor/process_trees.h"
#include "src/supervisor/run_dir.h"
#include "src/supervisor/spare_run_dirs.h"
#include "src/worker/spawner.h"

namespace jobgate {

class PreparedAttempt {
 public:
  // The process waits in `trees`, which must outlive this. Errors: the message says why nothing can
  // be started.
  static Result<PreparedAttempt> Make(SpawnRequest request, SpareRunDirs& spares,
                                      const ChildStarter& starter, ProcessTrees& trees);

  PreparedAttempt(PreparedAttempt&&) = default;
  PreparedAttempt& operator=(PreparedAttempt&&) = delete;
  PreparedAttempt(const PreparedAttempt&) = delete;
  PreparedAttempt& operator=(const PreparedAttempt&) = delete;
  // Ends the process and discards the folder, where nothing was started.
  ~PreparedAttempt();

  // Gives the word. Errors as Make.
  Result<void> Start();

  // After a Start that did not fail.
  const SpawnRequest& request() const { return request_; }
  RunDir TakeDir() { return std::move(dir_); }
  LogPipe TakeOut() { return std::move(out_); }
  LogPipe TakeErr() { return std::move(err_); }
  ChildProcess TakeChild() { return *std::move(child_); }

 private:
  PreparedAttempt(SpawnRequest request, RunDir dir, LogPipe out, LogPipe err, ChildProcess child,
                  ProcessTrees& trees);

  SpawnRequest request_;
  RunDir dir_;
  LogPipe out_;
  LogPipe err_;
  std::optional<ChildProcess> child_;
  ProcessTrees& trees_;
  bool began_ = false;
};

}  // namespace jobgate
