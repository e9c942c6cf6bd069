#include "src/http/folder_watch.h"

#include <sys/inotify.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace jobgate {
namespace {

// The same for all, since a second watch of one folder replaces the mask of the first.
constexpr uint32_t kMask = IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR;

}  // namespace

FolderWatch::FolderWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FolderWatch::Ticket FolderWatch::Add(int folder_fd, std::function<void()> changed) {
  // The descriptor names the folder itself, whatever its path leads to by now.
  const std::string path = "/proc/self/fd/" + std::to_string(folder_fd);
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kMask);
  if (watch < 0) return 0;
  ++watchers_of_[watch];
  watchers_[++last_ticket_] = {watch, std::move(changed)};
  return last_ticket_;
}

void FolderWatch::Remove(Ticket ticket) {
  auto it = watchers_.find(ticket);
  if (it == watchers_.end()) return;
  const int watch = it->second.watch;
  watchers_.erase(it);
  auto count = watchers_of_.find(watch);
  if (count == watchers_of_.end() || --count->second > 0) return;
  watchers_of_.erase(count);
  ::inotify_rm_watch(inotify_.get(), watch);
}

void FolderWatch::ReadAll() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  std::set<int> changed;
  bool overflow = false;
  for (;;) {
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      overflow = overflow || (event.mask & IN_Q_OVERFLOW);
      changed.insert(event.wd);
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  std::vector<std::function<void()>> calls;
  for (const auto& [ticket, watcher] : watchers_)
    if (overflow || changed.contains(watcher.watch)) calls.push_back(watcher.changed);
  for (const auto& call : calls) call();
}

}  // namespace jobgate
