#include "src/supervisor/progress_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace jobgate {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr uint32_t kFolderEvents = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
constexpr uint32_t kFileEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_DONT_FOLLOW;

}  // namespace

ProgressWatch::ProgressWatch() : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

void ProgressWatch::Add(uint64_t serial, const RunDir& dir) {
  const int watch = inotify_add_watch(inotify_.get(), dir.path().c_str(), kFolderEvents);
  if (watch < 0) return;
  watches_[watch] = {serial, true};
  files_[serial] = dir.PathOf(kProgressFile);
  WatchFile(serial);
}

void ProgressWatch::WatchFile(uint64_t serial) {
  const int watch = inotify_add_watch(inotify_.get(), files_[serial].c_str(), kFileEvents);
  if (watch >= 0) watches_[watch] = {serial, false};
}

void ProgressWatch::Remove(uint64_t serial) {
  if (files_.erase(serial) == 0) return;
  std::erase_if(watches_, [&](const auto& watch) {
    if (watch.second.serial != serial) return false;
    inotify_rm_watch(inotify_.get(), watch.first);
    return true;
  });
}

std::set<uint64_t> ProgressWatch::TakeChanged() {
  alignas(inotify_event) std::array<char, kReadBytes> bytes;
  std::set<uint64_t> changed;
  const ssize_t size = read(inotify_.get(), bytes.data(), bytes.size());
  for (ssize_t at = 0; at < size;) {
    inotify_event event;
    std::memcpy(&event, bytes.data() + at, sizeof event);
    const char* name = bytes.data() + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    const auto watch = watches_.find(event.wd);
    if (watch == watches_.end()) continue;
    if (event.mask & IN_IGNORED) {
      watches_.erase(watch);
      continue;
    }
    if (watch->second.of_folder && std::string_view(name) != kProgressFile) continue;
    const auto [serial, of_folder] = watch->second;
    changed.insert(serial);
    if (of_folder) WatchFile(serial);
  }
  return changed;
}

}  // namespace jobgate
