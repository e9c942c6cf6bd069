#include "src/config/paths.h"

#include <filesystem>

namespace jobgate {

namespace fs = std::filesystem;

std::string BaseDir(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return (folder.filename() == "config" ? folder.parent_path() : folder).string();
}

std::string AbsolutePath(const std::string& base_dir, const std::string& path) {
  fs::path absolute = (fs::path(base_dir) / path).lexically_normal();
  if (!absolute.has_filename() && absolute.has_relative_path()) absolute = absolute.parent_path();
  return absolute.string();
}

std::optional<std::string> PathBelow(const std::string& folder, const std::string& path) {
  const std::string way =
      fs::path(AbsolutePath("/", path)).lexically_relative(AbsolutePath("/", folder)).string();
  if (way.empty() || way == ".." || way.starts_with("../")) return std::nullopt;
  return way;
}

}  // namespace jobgate
