// The log files below runs/, opened so that nothing a job plants there leads elsewhere: every
// component by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, regular files only.
#pragma once
#include <string>
#include <string_view>

#include "src/base/unique_fd.h"
#include "src/job/job.h"

namespace jobgate {

enum class LogStreamName { kStdout, kStderr };

class RunFiles {
 public:
  explicit RunFiles(std::string runs_dir) : runs_dir_(std::move(runs_dir)) {}

  // Empty where the file is not there (yet), or is nothing one may read.
  UniqueFd OpenLog(const JobId& job, int attempt, LogStreamName stream) const;

  // Whether retention has removed what a job that has ended left: its folder is empty then.
  bool WereRemoved(const JobId& job) const;

  // The deepest folder that exists of runs/, runs/<job> and runs/<job>/<attempt>.
  struct Folder {
    UniqueFd fd;    // empty: not even runs/
    int depth = 0;  // 0 = runs/ … 2 = the attempt's own
  };
  Folder DeepestFolder(const JobId& job, int attempt) const;

 private:
  UniqueFd OpenBelow(const std::string& relative, int flags) const;

  std::string runs_dir_;
};

}  // namespace jobgate
