// Tells when something is written in a folder (inotify(7)). Several watchers of one folder share
// one kernel watch. Owned by the front thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>

#include "src/base/unique_fd.h"

namespace jobgate {

class FolderWatch {
 public:
  FolderWatch();

  // Readable when ReadAll has something to tell; -1 where the kernel gives no watches.
  int fd() const { return inotify_.get(); }
  void ReadAll();

  using Ticket = uint64_t;  // 0 = none
  // Calls `changed` after entries of the folder behind `folder_fd` were made, moved or written.
  // 0 where the kernel refuses (inotify limits): the caller looks again by time.
  Ticket Add(int folder_fd, std::function<void()> changed);
  void Remove(Ticket ticket);

 private:
  struct Watcher {
    int watch = -1;
    std::function<void()> changed;
  };
  UniqueFd inotify_;
  Ticket last_ticket_ = 0;
  std::map<Ticket, Watcher> watchers_;
  std::unordered_map<int, int> watchers_of_;  // kernel watch → how many
};

}  // namespace jobgate
