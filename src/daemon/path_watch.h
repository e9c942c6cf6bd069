// Tells when the file that a path names may have become another: written, replaced by rename, or
// led to by other symbolic links on the way (inotify(7)). Owned by one thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/base/unique_fd.h"

namespace jobgate {

class PathWatch {
 public:
  PathWatch();

  // Watches every folder whose entries decide what the absolute `paths` name now, and no other.
  // False where the kernel refuses one of them, or one is not there: look again by time.
  bool Follow(const std::vector<std::string>& paths);
  // Readable once something happened in one of them; -1 where the kernel gives no watches.
  int fd() const { return inotify_.get(); }
  // Empties it.
  void Drain();

 private:
  UniqueFd inotify_;
  std::map<std::string, int> watches_;  // by folder
};

// Names this very content of the file at `path`, without reading it: another text where the file
// was written, replaced or made readable. Also of a file that is not there.
std::string Fingerprint(const std::string& path);

}  // namespace jobgate
