#include "approvals/executed_files.h"

#include <filesystem>
#include <optional>

#include "src/base/digest.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

// The path of `argument` from `cwd`; nothing where it leads out of it, or names `cwd` itself.
std::optional<std::string> PathInside(const std::string& argument, const std::string& cwd) {
  if (argument.empty()) return std::nullopt;
  const fs::path folder = fs::path(cwd).lexically_normal();
  const std::string inside =
      (folder / argument).lexically_normal().lexically_relative(folder).string();
  if (inside.empty() || inside == "." || inside == ".." || inside.starts_with("../"))
    return std::nullopt;
  return inside;
}

// A bare name is looked up on the PATH, which has no folder of a job.
bool IsLookedUp(const std::string& program) {
  return program.find('/') == std::string::npos;
}

Result<std::string> HashOf(FileSystem& files, const std::string& path) {
  auto content = files.ReadFile(path, kExecutedFileBytesMax);
  if (content) return Sha256Hex(*content);
  return Fail(Code::kInvalidArgument,
              "what a gated step runs is part of its approval: " + content.error().message);
}

}  // namespace

Result<std::map<std::string, std::string>> HashExecutedFiles(FileSystem& files,
                                                             const std::vector<std::string>& argv,
                                                             const std::string& cwd) {
  std::map<std::string, std::string> hashes;
  for (size_t i = 0; i < argv.size(); ++i) {
    const bool is_program = i == 0;
    if (is_program && IsLookedUp(argv[i])) continue;
    const auto inside = PathInside(argv[i], cwd);
    if (!inside) continue;
    const std::string path = (fs::path(cwd) / *inside).string();
    const auto status = files.Stat(path);
    if (!status && is_program) hashes[*inside] = "";
    if (!status || status->is_directory) continue;
    auto hash = HashOf(files, path);
    if (!hash) return Fail(std::move(hash).error());
    hashes[*inside] = *std::move(hash);
  }
  return hashes;
}

}  // namespace jobgate
