// Where relative paths of jobs.json start, and what lies inside what. By names alone: nothing here
// looks at a disk.
#pragma once
#include <optional>
#include <string>

namespace jobgate {

// The folder of the settings file at `path` (absolute), or the parent of a folder named config.
std::string BaseDir(const std::string& path);

// `path` from `base_dir`, without "." and ".." and a slash at its end.
std::string AbsolutePath(const std::string& base_dir, const std::string& path);

// The way from `folder` to `path`, both absolute: "." where they are the same; nothing where it
// leads out of the folder.
std::optional<std::string> PathBelow(const std::string& folder, const std::string& path);

}  // namespace jobgate
