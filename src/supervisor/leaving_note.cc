#include "src/supervisor/leaving_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

namespace jobgate {
namespace {

constexpr char kNewFile[] = "supervisor.left.new";
constexpr size_t kIncarnationDigits = 32;
constexpr size_t kIncarnationsMax = 64;

bool IsIncarnation(std::string_view line) {
  return line.size() == kIncarnationDigits &&
         line.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> IncarnationsIn(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (IsIncarnation(text.substr(0, end))) found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace

LeavingNote::LeavingNote(int dir_fd)
    : dir_(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  const UniqueFd file(
      openat(dir_.get(), kLeavingNoteFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) {
    withdrawn_ = errno == ENOENT;
    return;
  }
  std::string text((kIncarnationDigits + 1) * kIncarnationsMax, '\0');
  const ssize_t size = read(file.get(), text.data(), text.size());
  left_ =
      IncarnationsIn(std::string_view(text).substr(0, size > 0 ? static_cast<size_t>(size) : 0));
}

bool LeavingNote::Withdraw() {
  if (withdrawn_) return true;
  const bool gone = unlinkat(dir_.get(), kLeavingNoteFile, 0) == 0 || errno == ENOENT;
  withdrawn_ = gone && fsync(dir_.get()) == 0;
  return withdrawn_;
}

void LeavingNote::Write(const std::string& incarnation) {
  std::string text = incarnation + "\n";
  for (size_t i = 0; i < left_.size() && i + 1 < kIncarnationsMax; ++i) text += left_[i] + "\n";
  const UniqueFd file(
      openat(dir_.get(), kNewFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  const bool written =
      file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (written) renameat(dir_.get(), kNewFile, dir_.get(), kLeavingNoteFile);
}

}  // namespace jobgate
