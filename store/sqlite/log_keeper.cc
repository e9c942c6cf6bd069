#include "store/sqlite/log_keeper.h"

#include <utility>

namespace jobgate {
namespace {

// While idle from 2 MiB of log on; where there is no idle moment at 10 MiB, which is within the
// part of the file that is kept.
constexpr int64_t kIdleBytes = 2 << 20;
constexpr int64_t kDueBytes = 10 << 20;
// Where readers keep pages back: until it is tried again.
constexpr int64_t kRetryBytes = 1 << 20;
constexpr int64_t kPagesBetween = 8 << 10;
// Of the four states that readers of a log can hold beside the newest one in the file
// (WAL_NREADER in wal.c), one is left for the long reading.
constexpr size_t kMarksMax = 3;

}  // namespace

LogKeeper::LogKeeper(std::string path) : path_(std::move(path)) {
  Clear();
}

LogKeeper::~LogKeeper() = default;

bool LogKeeper::IsDue(const SqliteConnection& writer) const {
  return writer.log_bytes() >= due_at_bytes_;
}

bool LogKeeper::IsDueWhileIdle(const SqliteConnection& writer) const {
  return writer.log_bytes() >= kIdleBytes;
}

SqliteConnection::LogPages LogKeeper::BringIn(SqliteConnection& writer) {
  const SqliteConnection::LogPages pages = writer.Checkpoint();
  if (pages.in_file == pages.in_log) {
    Clear();
  } else if (!marks_.empty() && pages.in_file >= marks_.front().pages) {
    marks_.pop_front();
    due_at_bytes_ = 0;  // the next part after the next turn
  } else {
    const int64_t newest = marks_.empty() ? pages.in_file : marks_.back().pages;
    if (pages.in_log - newest >= pages_between_) SetMark(pages.in_log);
    due_at_bytes_ = writer.log_bytes() + kRetryBytes;
  }
  return pages;
}

void LogKeeper::SetMark(int64_t pages) {
  if (marks_.size() == kMarksMax) Thin();
  if (!marks_.empty() && pages - marks_.back().pages < pages_between_) return;
  try {
    auto reader = SqliteConnection::ForReading(path_, Duration::zero());
    reader->Execute("BEGIN");
    reader->Execute("SELECT count(*) FROM sqlite_schema");
    marks_.push_back({pages, std::move(reader)});
  } catch (const SQLite::Exception&) {
    return;  // a pause that is longer than it might be
  }
}

// Every other one, so that the parts stay alike however long the log grows.
void LogKeeper::Thin() {
  marks_.pop_back();
  marks_.pop_front();
  pages_between_ *= 2;
}

void LogKeeper::Clear() {
  marks_.clear();
  pages_between_ = kPagesBetween;
  due_at_bytes_ = kDueBytes;
}

}  // namespace jobgate
