// Files in memory, for what only reads small whole files.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>

#include "src/base/file_system.h"

namespace jobgate {

class MemoryFiles final : public FileSystem {
 public:
  std::map<std::string, std::string> files;  // path → content
  std::set<std::string> programs;            // of these, those that may be executed
  std::set<std::string> links;               // paths at which a symbolic link to a file stands

  Result<std::string> ReadFile(const std::string& path, size_t bytes_max) override {
    const auto found = files.find(path);
    if (found == files.end()) return Fail(Code::kNotFound, path + " does not exist");
    if (found->second.size() > bytes_max) return Fail(Code::kTooLarge, path + " is too large");
    return found->second;
  }
  Result<FileContent> ReadBelow(const std::string& folder, const std::string& path,
                                size_t bytes_max) override {
    const std::string whole = folder + "/" + path;
    if (links.contains(whole)) return Fail(Code::kConflict, whole + " is a symbolic link");
    auto bytes = ReadFile(whole, bytes_max);
    if (!bytes) return Fail(std::move(bytes).error());
    return FileContent{*std::move(bytes), programs.contains(whole) ? 0755u : 0644u};
  }
  Result<void> WriteFileAtomically(const std::string& path, std::string_view content,
                                   mode_t) override {
    files[path] = content;
    return {};
  }
  Result<void> MakeDirectories(const std::string&, mode_t) override { return {}; }
  Result<FileStatus> Stat(const std::string& path) override {
    if (links.contains(path)) return FileStatus{0777, false, 0, 1};
    const auto found = files.find(path);
    if (found == files.end()) return Fail(Code::kNotFound, path + " does not exist");
    return FileStatus{0644, false, 0, static_cast<int64_t>(found->second.size())};
  }
  Result<DiskSpace> SpaceAt(const std::string&) override { return DiskSpace{1 << 30, 1 << 30}; }
  bool Allows(const std::string& path, Access) override { return files.contains(path); }
  Result<std::string> CurrentDirectory() override { return std::string("/"); }
};

}  // namespace jobgate
