// The folders of jobs below <storeDir>/runs, as retention sees them: how much they hold, and gone.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "src/base/error.h"
#include "src/job/job.h"

namespace jobgate {

class RunFolders {
 public:
  virtual ~RunFolders() = default;

  // Bytes of all files of all jobs. Asks `go_on` now and then; where that is false, what it has
  // counted so far.
  virtual int64_t TotalBytes(const std::function<bool()>& go_on) = 0;
  virtual int64_t BytesOf(const JobId& id) = 0;  // 0 where there is no folder
  // Removes the folder with all that is in it; done too where there is none. Errors: kInternal,
  // naming the folder and what the system said.
  virtual Result<void> Remove(const JobId& id) = 0;
  // Removes what is in the folder, which stays: an empty one tells that there was something (a run
  // that leaves nothing behind has none). Errors as Remove.
  virtual Result<void> Empty(const JobId& id) = 0;
};

// Never follows a link that a job has left there.
class PosixRunFolders final : public RunFolders {
 public:
  explicit PosixRunFolders(std::string runs_dir) : runs_dir_(std::move(runs_dir)) {}

  int64_t TotalBytes(const std::function<bool()>& go_on) override;
  int64_t BytesOf(const JobId& id) override;
  Result<void> Remove(const JobId& id) override;
  Result<void> Empty(const JobId& id) override;

 private:
  const std::string runs_dir_;
};

}  // namespace jobgate
