// A disk in memory for the JSONL store: it fails, dies and loses power where it is told to, and
// then keeps what a real one might keep. Owned by one thread.
//
// What was written and not synced may be kept, lost, or torn. A sync that fails leaves its bytes
// readable but not on the disk, and a later sync does not bring them there unless they are written
// again (https://lwn.net/Articles/752063/).
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/jsonl/log_files.h"

namespace jobgate {

class LogDisk final : public jsonl::LogFiles, public std::enable_shared_from_this<LogDisk> {
 public:
  enum class Kept { kNothing, kHalf, kEverything };

  // Calls so far that change or sync something.
  int64_t changes() const { return changes_; }
  // The `nth` change from now on fails, 1 being the next one.
  void FailChange(int64_t nth) { failing_ = changes_ + nth; }
  // From the `nth` change on nothing happens any more: the machine is off.
  void DieAt(int64_t nth) { dying_ = changes_ + nth; }
  bool is_dead() const { return dying_ > 0 && changes_ >= dying_; }
  // While full, nothing grows.
  void SetFull(bool full) { full_ = full; }

  // The machine is on again, with `kept` of what was not synced.
  void PowerOn(Kept kept) {
    dying_ = failing_ = 0;
    const size_t names_kept = kept == Kept::kNothing ? 0
                              : kept == Kept::kHalf  ? name_changes_.size() / 2
                                                     : name_changes_.size();
    for (size_t i = 0; i < names_kept; ++i) name_changes_[i].Apply(durable_names_);
    name_changes_.clear();
    names_ = durable_names_;
    for (auto& [path, inode] : names_) inode->PowerOn(kept);
  }
  // The process died, the machine did not.
  void Restart() { dying_ = failing_ = 0; }

  std::string& Bytes(const std::string& path) {
    // What a test writes by hand is on the disk at once.
    return names_.at(path)->cached;
  }
  bool Has(const std::string& path) const { return names_.count(path) > 0; }
  std::vector<std::string> Paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, inode] : names_) paths.push_back(path);
    return paths;
  }
  void Drop(const std::string& path) {
    names_.erase(path);
    durable_names_.erase(path);
  }
  void Add(const std::string& path, std::string bytes) {
    auto inode = std::make_shared<Inode>();
    inode->cached = inode->durable = std::move(bytes);
    names_[path] = durable_names_[path] = inode;
  }

  Result<std::shared_ptr<jsonl::LogFile>> Open(const std::string& path, Mode mode) override {
    if (is_dead()) return Fault("open", path);
    if (mode == Mode::kCreate) {
      JOBGATE_TRY(Change("create", path));
      auto inode = std::make_shared<Inode>();
      Rewire({path, inode, ""});
    }
    if (!Has(path)) return Fault("open what is not there:", path);
    return std::make_shared<File>(shared_from_this(), names_[path], path);
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    JOBGATE_TRY(Change("rename", from));
    if (!Has(from)) return Fault("rename what is not there:", from);
    Rewire({to, names_[from], from});
    return {};
  }
  Result<void> Remove(const std::string& path) override {
    JOBGATE_TRY(Change("remove", path));
    Rewire({path, nullptr, ""});
    return {};
  }
  Result<void> SyncFolderOf(const std::string& path) override {
    JOBGATE_TRY(Change("sync the folder of", path));
    durable_names_ = names_;
    name_changes_.clear();
    return {};
  }
  Result<std::vector<std::string>> Beside(const std::string& path) override {
    if (is_dead()) return Fault("list", path);
    std::vector<std::string> paths;
    for (const auto& [name, inode] : names_)
      if (name.starts_with(path)) paths.push_back(name);
    return paths;
  }

 private:
  struct Patch {
    int64_t offset = 0;
    std::string bytes;
    int64_t cut_to = -1;  // a cut instead of a write

    void Apply(std::string& content, size_t size) const {
      if (cut_to >= 0) return content.resize(static_cast<size_t>(cut_to));
      const auto at = static_cast<size_t>(offset);
      if (content.size() < at + size) content.resize(at + size);
      content.replace(at, size, bytes, 0, size);
    }
  };
  struct Inode {
    std::string cached;
    std::string durable;
    std::vector<Patch> unsynced;

    void PowerOn(Kept kept) {
      if (kept == Kept::kEverything)
        for (const Patch& change : unsynced) change.Apply(durable, change.bytes.size());
      if (kept == Kept::kHalf && !unsynced.empty()) {
        const size_t torn = unsynced.size() / 2;
        for (size_t i = 0; i < torn; ++i) unsynced[i].Apply(durable, unsynced[i].bytes.size());
        unsynced[torn].Apply(durable, unsynced[torn].bytes.size() / 2);
      }
      unsynced.clear();
      cached = durable;
    }
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {
    std::string path;
    std::shared_ptr<Inode> inode;  // null: removed
    std::string from;              // renamed

    void Apply(Names& names) const {
      if (!from.empty()) names.erase(from);
      if (inode)
        names[path] = inode;
      else
        names.erase(path);
    }
  };

  class File final : public jsonl::LogFile {
   public:
    File(std::shared_ptr<LogDisk> disk, std::shared_ptr<Inode> inode, std::string path)
        : disk_(std::move(disk)), inode_(std::move(inode)), path_(std::move(path)) {}

    Result<void> Read(int64_t offset, size_t size, std::string& out) override {
      if (disk_->is_dead()) return Fault("read", path_);
      out = inode_->cached.substr(static_cast<size_t>(offset), size);
      if (out.size() < size) return Fault("read past the end of", path_);
      return {};
    }
    Result<int64_t> Size() override { return static_cast<int64_t>(inode_->cached.size()); }
    Result<void> Write(int64_t offset, std::string_view bytes) override {
      const Patch change{offset, std::string(bytes), -1};
      const auto grown = static_cast<size_t>(offset) + bytes.size();
      Result<void> allowed = disk_->full_ && grown > inode_->cached.size()
                                 ? Result<void>(Fault("grow", path_))
                                 : disk_->Change("write", path_);
      // A write that fails may have been done in part.
      const size_t size = allowed ? bytes.size() : bytes.size() / 2;
      if (disk_->is_dead() && !allowed) return allowed;
      change.Apply(inode_->cached, size);
      inode_->unsynced.push_back({offset, std::string(bytes.substr(0, size)), -1});
      return allowed;
    }
    Result<void> Sync() override {
      Result<void> allowed = disk_->Change("sync", path_);
      if (disk_->is_dead()) return allowed;
      if (allowed)
        for (const Patch& change : inode_->unsynced)
          change.Apply(inode_->durable, change.bytes.size());
      inode_->unsynced.clear();
      return allowed;
    }
    Result<void> Truncate(int64_t size) override {
      JOBGATE_TRY(disk_->Change("cut", path_));
      const Patch change{0, "", size};
      change.Apply(inode_->cached, 0);
      inode_->unsynced.push_back(change);
      return {};
    }

   private:
    const std::shared_ptr<LogDisk> disk_;
    const std::shared_ptr<Inode> inode_;
    const std::string path_;
  };

  static tl::unexpected<Error> Fault(const std::string& verb, const std::string& path) {
    return Fail(Code::kStoreFault, "injected: cannot " + verb + " " + path);
  }
  Result<void> Change(const std::string& verb, const std::string& path) {
    if (is_dead()) return Fault(verb, path);
    ++changes_;
    if (is_dead() || changes_ == failing_) return Fault(verb, path);
    return {};
  }
  void Rewire(NameChange change) {
    change.Apply(names_);
    name_changes_.push_back(std::move(change));
  }

  int64_t changes_ = 0;
  int64_t failing_ = 0;
  int64_t dying_ = 0;
  bool full_ = false;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> name_changes_;
};

}  // namespace jobgate
