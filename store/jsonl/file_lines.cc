#include "store/jsonl/file_lines.h"

#include <algorithm>

namespace jobgate::jsonl {
namespace {

constexpr int64_t kReadBytes = 1 << 20;

}  // namespace

Result<void> FileLines::ReadMore() {
  std::string more;
  const int64_t count = std::min(kReadBytes, size_ - read_);
  JOBGATE_TRY(file_->Read(read_, static_cast<size_t>(count), more));
  read_ += count;
  buffer_.erase(0, at_).append(more);
  at_ = 0;
  return {};
}

Result<std::optional<std::string_view>> FileLines::Next() {
  size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos && read_ < size_) {
    const size_t searched = buffer_.size() - at_;
    JOBGATE_TRY(ReadMore());
    end = buffer_.find('\n', searched);
  }
  offset_ += length_;
  has_break_ = end != std::string::npos;
  if (!has_break_) end = buffer_.size();
  length_ = static_cast<int64_t>(end - at_) + (has_break_ ? 1 : 0);
  if (length_ == 0) return std::nullopt;
  ++number_;
  const std::string_view line(buffer_.data() + at_, end - at_);
  at_ += static_cast<size_t>(length_);
  return line;
}

}  // namespace jobgate::jsonl
