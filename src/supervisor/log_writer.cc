#include "src/supervisor/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace jobgate {

LogWriter::LogWriter(int dir_fd, std::string name, int64_t bytes_max,
                     std::vector<std::string> redact)
    : dir_fd_(dir_fd),
      name_(std::move(name)),
      bytes_max_(bytes_max),
      redactor_(std::move(redact)) {}

void LogWriter::Write(std::string_view bytes) {
  if (!redactor_.HasValues()) return Keep(bytes);
  clean_.clear();
  redactor_.Feed(bytes, clean_);
  Keep(clean_);
}

void LogWriter::Finish() {
  clean_.clear();
  redactor_.Finish(clean_);
  Keep(clean_);
  TellLoss();
  if (sum_of_rest_)
    PutMarker("bytes dropped: " + std::to_string(rest_) + ", SHA-256 " + sum_of_rest_->Hex());
}

std::string LogWriter::Sha256() {
  static const std::string kOfNothing = Sha256Hex("");
  const std::string of_written = sum_ ? sum_->Hex() : kOfNothing;
  return sum_of_lost_ ? Sha256Hex(of_written + sum_of_lost_->Hex()) : of_written;
}

void LogWriter::Keep(std::string_view bytes) {
  if (bytes.empty()) return;
  if (full_) return DropRest(bytes);
  const std::string_view kept = bytes.substr(0, static_cast<size_t>(bytes_max_ - kept_));
  full_ = kept.size() < bytes.size();
  kept_ += static_cast<int64_t>(kept.size());
  Put(kept);
  if (!full_) return;
  PutMarker("output over " + std::to_string(bytes_max_) + " bytes is not kept");
  DropRest(bytes.substr(kept.size()));
}

void LogWriter::DropRest(std::string_view bytes) {
  if (!sum_of_rest_) sum_of_rest_.emplace();
  sum_of_rest_->Add(bytes);
  rest_ += static_cast<int64_t>(bytes.size());
}

void LogWriter::Put(std::string_view bytes) {
  if (bytes.empty()) return;
  if (TellLoss() && WriteAll(bytes)) return;
  lost_ += static_cast<int64_t>(bytes.size());
  if (!sum_of_lost_) sum_of_lost_.emplace();
  sum_of_lost_->Add(bytes);
}

void LogWriter::PutMarker(const std::string& text) {
  TellLoss();
  Put((at_line_start_ ? "[jobgate: " : "\n[jobgate: ") + text + "]\n");
}

// False while the disk still does not take anything.
bool LogWriter::TellLoss() {
  if (lost_ == 0) return true;
  const bool told = WriteAll((at_line_start_ ? "" : "\n") +
                             ("[jobgate: about " + std::to_string(lost_) +
                              " bytes were lost, the disk did not take them: SHA-256 " +
                              sum_of_lost_->Hex() + "]\n"));
  if (!told) return false;
  lost_ = 0;
  sum_of_lost_.reset();
  return true;
}

bool LogWriter::WriteAll(std::string_view bytes) {
  if (!file_ && !Open()) return false;
  while (!bytes.empty()) {
    const ssize_t n = write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    if (!sum_) sum_.emplace();
    sum_->Add(bytes.substr(0, static_cast<size_t>(n)));
    at_line_start_ = bytes[static_cast<size_t>(n) - 1] == '\n';
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool LogWriter::Open() {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  file_.Reset(openat(dir_fd_, name_.c_str(), kFlags, 0600));
  if (!file_ && errno == EEXIST && unlinkat(dir_fd_, name_.c_str(), 0) == 0) {
    file_.Reset(openat(dir_fd_, name_.c_str(), kFlags, 0600));  // a file of the job's own making
  }
  return static_cast<bool>(file_);
}

}  // namespace jobgate
