// When the log's pages are brought into the database file, and how many of them at once. Owned by
// the thread of the writing connection.
//
// A checkpoint goes no further than the state that the oldest reader sees
// (https://sqlite.org/wal.html#concurrency). What a long reading kept back would come in as one
// when it ends, and pause the loop for as long: some 10 ms for 50 MiB. So marks are set in the log
// while it grows behind such a reading: readers of the states in between, which are let go one by
// one.
#pragma once
#include <deque>
#include <memory>
#include <string>

#include "store/sqlite/connection.h"

namespace jobgate {

class LogKeeper {
 public:
  explicit LogKeeper(std::string path);
  ~LogKeeper();

  // After a commit: the log has grown enough for a checkpoint to be worth its pause.
  bool IsDue(const SqliteConnection& writer) const;
  // The same while nothing else is to be done.
  bool IsDueWhileIdle(const SqliteConnection& writer) const;
  // Brings in what no reader, or mark, needs where it is, and says how far that went. Throws what
  // SQLite reports (a failed sync of the file, say).
  SqliteConnection::LogPages BringIn(SqliteConnection& writer);
  // Before the writer is closed, or cuts the log off.
  void Clear();

 private:
  struct Mark {
    int64_t pages;  // of the log before it
    std::unique_ptr<SqliteConnection> reader;
  };
  void SetMark(int64_t pages);
  void Thin();

  const std::string path_;
  std::deque<Mark> marks_;  // the oldest first
  int64_t pages_between_;
  int64_t due_at_bytes_;
};

}  // namespace jobgate
