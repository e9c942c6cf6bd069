// Tells which attempts wrote their progress file (inotify(7)). The folder is watched for the file's
// coming, by creation or rename, and the file itself for writes.
#pragma once
#include <cstdint>
#include <map>
#include <set>

#include "src/base/unique_fd.h"
#include "src/supervisor/run_dir.h"

namespace jobgate {

class ProgressWatch {
 public:
  // Without inotify (too many instances) nothing is ever told; the last line is still in the exit
  // record.
  ProgressWatch();

  int fd() const { return inotify_.get(); }
  void Add(uint64_t serial, const RunDir& dir);
  void Remove(uint64_t serial);
  // Serials whose progress may have changed since the last call.
  std::set<uint64_t> TakeChanged();

 private:
  struct Watch {
    uint64_t serial;
    bool of_folder;
  };
  void WatchFile(uint64_t serial);

  UniqueFd inotify_;
  std::map<int, Watch> watches_;
  std::map<uint64_t, std::string> files_;  // path of each watched attempt's progress file
};

}  // namespace jobgate
