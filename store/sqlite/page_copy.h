// A copy of a database, made some pages at a time. Made by the connection that writes it, it holds
// no view of one moment, which would hold back the log: SQLite brings along what that connection
// changes meanwhile (https://sqlite.org/backup.html, "File and Database Connection Locking").
// Lets SQLite::Exception through. Belongs to the thread of `from`, which must outlive it.
#pragma once
#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>

#include <string>

#include "store/sqlite/connection.h"

namespace jobgate {

class PageCopy {
 public:
  // `file` is there and empty.
  PageCopy(SqliteConnection& from, const std::string& file);

  // Never inside a turn of `from`. True once the file is the database as of its last turn; neither
  // synced nor in the mode of a file that stands alone.
  bool Step();

 private:
  SqliteConnection& from_;
  SQLite::Database to_;
  SQLite::Backup pages_;
};

}  // namespace jobgate
