// A file line by line, each with its number and where it begins.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/jsonl/log_files.h"

namespace jobgate::jsonl {

class FileLines {
 public:
  // Reads the first `size` bytes of `file`.
  FileLines(std::shared_ptr<LogFile> file, int64_t size) : file_(std::move(file)), size_(size) {}

  // Without its line break; valid until the next call. Absent at the end of the file.
  Result<std::optional<std::string_view>> Next();

  // Of the line that Next returned.
  int64_t number() const { return number_; }  // from 1
  int64_t offset() const { return offset_; }
  int64_t length() const { return length_; }  // with its line break
  int64_t end() const { return offset_ + length_; }
  bool has_break() const { return has_break_; }  // false: the file ends within the line
  bool is_last() const { return end() == size_; }

 private:
  Result<void> ReadMore();

  const std::shared_ptr<LogFile> file_;
  const int64_t size_;
  int64_t read_ = 0;  // bytes of the file in the buffer, or past it
  std::string buffer_;
  size_t at_ = 0;  // in the buffer, of the next line
  int64_t number_ = 0;
  int64_t offset_ = 0;
  int64_t length_ = 0;
  bool has_break_ = false;
};

}  // namespace jobgate::jsonl
