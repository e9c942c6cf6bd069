// A folder of its own for a test, gone with it.
#pragma once
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "src/base/check.h"

namespace jobgate {

class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string pattern = (parent / "jobgate-test-XXXXXX").string();
    JOBGATE_CHECK(::mkdtemp(pattern.data()) != nullptr, "a test needs a temporary folder");
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace jobgate
