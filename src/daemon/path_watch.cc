#include "src/daemon/path_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace jobgate {
namespace {

// Not IN_MODIFY: a file that is still being written is of no use yet.
constexpr uint32_t kMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                           IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;
constexpr int kLinksMax = 40;  // as the kernel's, path_resolution(7)

std::deque<std::string> PartsOf(const std::string& path) {
  std::deque<std::string> parts;
  for (const auto& part : std::filesystem::path(path).relative_path()) parts.push_back(part);
  return parts;
}

std::string LinkTarget(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<size_t>(size)) : "";
}

// Walks `path` as the kernel does, and notes each folder in which a link, or the last entry, lies:
// replacing one of those changes what the path names. A folder that is missing is waited for in
// the one above it.
void AddFolders(const std::string& path, std::set<std::string>& folders) {
  std::string folder = "/";
  std::deque<std::string> parts = PartsOf(path);
  for (int links = 0; !parts.empty();) {
    const std::string part = std::exchange(parts.front(), "");
    parts.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      folder = std::filesystem::path(folder).parent_path();
      continue;
    }
    const std::string entry = (std::filesystem::path(folder) / part).string();
    struct stat status {};
    const bool found = ::lstat(entry.c_str(), &status) == 0;
    const bool is_link = found && S_ISLNK(status.st_mode);
    if (is_link || !found || parts.empty()) folders.insert(folder);
    if (!found || (is_link && ++links > kLinksMax)) return;
    if (!is_link) {
      folder = entry;
      continue;
    }
    const std::string target = LinkTarget(entry);
    if (target.starts_with('/')) folder = "/";
    std::deque<std::string> ahead = PartsOf(target);
    parts.insert(parts.begin(), ahead.begin(), ahead.end());
  }
}

std::string Text(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

}  // namespace

PathWatch::PathWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

bool PathWatch::Follow(const std::vector<std::string>& paths) {
  std::set<std::string> folders;
  for (const std::string& path : paths) AddFolders(path, folders);
  bool whole = bool(inotify_);
  std::map<std::string, int> next;
  std::set<int> kept;
  for (const std::string& folder : folders) {
    const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), kMask);
    if (watch < 0) whole = false;
    if (watch < 0) continue;
    next[folder] = watch;
    kept.insert(watch);
  }
  for (const auto& old : watches_)
    if (!kept.contains(old.second)) ::inotify_rm_watch(inotify_.get(), old.second);
  watches_ = std::move(next);
  return whole;
}

void PathWatch::Drain() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (::read(inotify_.get(), buffer.data(), buffer.size()) > 0) continue;
}

std::string Fingerprint(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "errno " + std::to_string(errno);
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" +
         std::to_string(status.st_size) + ":" + Text(status.st_mtim) + ":" + Text(status.st_ctim);
}

}  // namespace jobgate
