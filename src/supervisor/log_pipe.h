// A pipe that an attempt writes to, and the log file it ends in.
#pragma once
#include "src/base/error.h"
#include "src/base/unique_fd.h"
#include "src/supervisor/log_writer.h"

namespace jobgate {

class LogPipe {
 public:
  // Errors: kUnavailable where the system has no descriptor left.
  static Result<LogPipe> Create(LogWriter writer);

  int read_fd() const { return read_.get(); }
  int write_fd() const { return write_.get(); }

  // Copies what is there, one buffer at most, so that a noisy attempt starves no other.
  void Pump();
  // Copies what was written until now, at most a pipe's largest capacity. Does not wait for the
  // end: somebody may hold the pipe open for ever.
  void Drain();
  // After Drain, once: SHA-256 hex of the log.
  std::string Sha256() { return writer_.Sha256(); }

 private:
  LogPipe(UniqueFd read, UniqueFd write, LogWriter writer)
      : read_(std::move(read)), write_(std::move(write)), writer_(std::move(writer)) {}
  size_t CopyOnce();

  UniqueFd read_;
  UniqueFd write_;  // kept open: no wakeup for the last writer's leaving, the exit tells it
  LogWriter writer_;
};

}  // namespace jobgate
