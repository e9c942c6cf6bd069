#include "src/supervisor/sealed_folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "src/supervisor/process_table.h"

namespace jobgate {
namespace {

constexpr int kDepthMax = 64;

std::vector<std::string> NamesIn(const UniqueFd& folder, size_t names_max) {
  std::vector<std::string> names;
  const int copy = folder ? openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(copy < 0 ? nullptr : fdopendir(copy), closedir);
  if (!entries) return names;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (names.size() == names_max) break;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string NameOf(const AttemptId& id) {
  return id.job_id + "." + std::to_string(id.number);
}

std::set<std::string> NamesOfLiving() {
  std::set<std::string> names;
  for (const ProcessInfo& process : AllProcesses())
    if (const auto id = AttemptInEnvironment(process.pid)) names.insert(NameOf(*id));
  return names;
}

// Removes one name at a time; lives for one round.
class Removal {
 public:
  Removal(int place, int budget, unsigned& last_deep)
      : place_(place), budget_(budget), last_deep_(last_deep) {}

  bool HasBudget() const { return budget_ > 0; }
  bool has_removed() const { return has_removed_; }
  // Folders from too deep below, moved up to the place.
  std::vector<std::string>& moved() { return moved_; }

  // True where nothing is left under that name, or nothing can be done about it.
  bool Remove(int parent, const std::string& name, int depth) {
    if (!HasBudget()) return false;
    --budget_;
    if (IsGone(unlinkat(parent, name.c_str(), 0))) return true;
    if (depth > kDepthMax) return MoveUp(parent, name);
    const UniqueFd folder = Enter(parent, name);
    if (!folder) return true;
    for (const std::string& held : NamesIn(folder, static_cast<size_t>(budget_)))
      if (!Remove(folder.get(), held, depth + 1)) return false;
    if (!HasBudget()) return false;  // there may be more in it
    IsGone(unlinkat(parent, name.c_str(), AT_REMOVEDIR));
    return true;
  }

 private:
  bool IsGone(int outcome) {
    has_removed_ |= outcome == 0;
    return outcome == 0 || errno == ENOENT;
  }

  // A job may have taken its own permissions away.
  static UniqueFd Enter(int parent, const std::string& name) {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd folder(openat(parent, name.c_str(), kFlags));
    if (folder && faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) == 0) return folder;
    if (!folder && errno != EACCES) return folder;
    fchmodat(parent, name.c_str(), 0700, 0);
    return UniqueFd(openat(parent, name.c_str(), kFlags));
  }

  bool MoveUp(int parent, const std::string& name) {
    std::string higher = "deep." + std::to_string(++last_deep_);
    if (renameat(parent, name.c_str(), place_, higher.c_str()) == 0)
      moved_.push_back(std::move(higher));
    has_removed_ |= !moved_.empty();
    return true;
  }

  const int place_;
  int budget_;
  unsigned& last_deep_;
  std::vector<std::string> moved_;
  bool has_removed_ = false;
};

}  // namespace

SealedFolders::SealedFolders(int store_dir)
    : store_dir_(openat(store_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  Sweep();
}

UniqueFd SealedFolders::Place() const {
  return UniqueFd(
      openat(store_dir_.get(), kSealedFolders, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void SealedFolders::Remove(const SealOrder& seal) {
  doomed_.push_back(seal.folder.substr(seal.folder.rfind('/') + 1));
}

void SealedFolders::Sweep() {
  std::vector<std::string> names = NamesIn(Place(), SIZE_MAX);
  if (names.empty()) return;
  const std::set<std::string> living = NamesOfLiving();
  for (std::string& name : names)
    if (!living.contains(name) && std::find(doomed_.begin(), doomed_.end(), name) == doomed_.end())
      doomed_.push_back(std::move(name));
}

void SealedFolders::Work() {
  if (doomed_.empty()) return;
  const UniqueFd place = Place();
  Removal removal(place.get(), kRemovedAtOnce, last_deep_);
  while (!doomed_.empty() && removal.HasBudget() && removal.Remove(place.get(), doomed_.front(), 0))
    doomed_.pop_front();
  if (!doomed_.empty() && !removal.has_removed()) doomed_.pop_front();
  for (std::string& name : removal.moved()) doomed_.push_back(std::move(name));
}

}  // namespace jobgate
