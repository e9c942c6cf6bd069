#include "src/seal/file_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "src/base/digest.h"
#include "src/base/open_below.h"
#include "src/base/write_all.h"
#include "src/job/file_state.h"

namespace jobgate {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0400;
constexpr mode_t kProgramMode = 0500;
constexpr mode_t kExecutable = 0111;
constexpr size_t kChunkBytes = 64 * 1024;

tl::unexpected<Error> Refused(const char* what, const std::string& path) {
  return Fail(Code::kUnavailable,
              std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
}

tl::unexpected<Error> NotApproved(const std::string& path, const std::string& why) {
  return Fail(Code::kConflict, path + " is not what was approved: " + why);
}

Result<UniqueFd> OpenSource(int source, const std::string& path) {
  UniqueFd file = OpenBelow(source, path, O_RDONLY | O_NONBLOCK);
  if (!file && errno == ELOOP) return NotApproved(path, "it is reached over a symbolic link");
  if (!file && errno == ENOENT) return NotApproved(path, "it is not there any more");
  if (!file) return Refused("read", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Refused("look at", path);
  if (!S_ISREG(info.st_mode)) return NotApproved(path, "it is no file");
  return file;
}

// With the folders above it.
Result<UniqueFd> CreateCopy(int folder, const std::string& path) {
  for (size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (::mkdirat(folder, above.c_str(), kFolderMode) != 0 && errno != EEXIST)
      return Refused("make the folder", above);
  }
  UniqueFd copy(::openat(folder, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         kFileMode));
  if (!copy) return Refused("write", path);
  return copy;
}

// Returns the SHA-256 of what was copied.
Result<std::string> CopyBytes(int from, int to, const std::string& path) {
  std::array<char, kChunkBytes> chunk;
  Sha256Sum sum;
  for (;;) {
    const ssize_t size = ::read(from, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Refused("read", path);
    if (size == 0) return sum.Hex();
    const std::string_view bytes(chunk.data(), static_cast<size_t>(size));
    sum.Add(bytes);
    if (!WriteAll(to, bytes)) return Refused("write", path);
  }
}

Result<void> CopyFile(int source, int folder, const std::string& path, const std::string& state) {
  if (state == kFileMissing) return NotApproved(path, "it was not there at all");
  auto from = OpenSource(source, path);
  if (!from) return Fail(std::move(from).error());
  struct stat info {};
  if (::fstat(from->get(), &info) != 0) return Refused("look at", path);
  const bool is_executable = (info.st_mode & kExecutable) != 0;
  auto to = CreateCopy(folder, path);
  if (!to) return Fail(std::move(to).error());
  auto sum = CopyBytes(from->get(), to->get(), path);
  if (!sum) return Fail(std::move(sum).error());
  if (FileState(*std::move(sum), is_executable) != state)
    return NotApproved(path, "its content or mode changed");
  if (::fchmod(to->get(), is_executable ? kProgramMode : kFileMode) != 0)
    return Refused("change the mode of", path);
  return {};
}

}  // namespace

Result<void> CopyFiles(const std::string& source, const std::map<std::string, std::string>& files,
                       const std::string& folder) {
  const UniqueFd from(::open(source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!from) return Refused("enter", source);
  const UniqueFd to(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!to) return Refused("enter", folder);
  for (const auto& [path, state] : files) JOBGATE_TRY(CopyFile(from.get(), to.get(), path, state));
  return {};
}

}  // namespace jobgate
